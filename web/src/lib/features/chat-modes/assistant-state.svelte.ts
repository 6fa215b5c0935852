import type { ChatMode, ChatTool, Expert, ToolPermission } from '@aiwfe/api-client';
import { api, Resource } from '#lib/api/index.ts';

interface Items<Item> {
  items: Item[];
}

/** What an expert is to be: each part on its own, `prompt: null` for the one it comes with. */
export type ExpertChange = { enabled: boolean } | { prompt: string | null };

/** What the settings of the assistant show and change: modes, experts, and what tools may do. */
export class AssistantState {
  readonly modes = new Resource(() => api.get<Items<ChatMode>>('/chat-modes'));
  readonly experts = new Resource(() => api.get<Items<Expert>>('/chat-modes/experts'));
  readonly tools = new Resource(() => api.get<Items<ChatTool>>('/chat-modes/tools'));

  /** Reads everything; answers how to stop. */
  follow(): () => void {
    const stops = [this.modes, this.experts, this.tools].map((each) => each.follow());
    return () => {
      for (const stop of stops) stop();
    };
  }

  /** Stores a change of one expert and shows what the server made of it. Throws what the request threw. */
  async changeExpert(expert: Expert, change: ExpertChange): Promise<Expert> {
    const changed = await api.patch<Expert>(`/chat-modes/experts/${expert.id}`, change);
    const { items } = this.experts.data ?? { items: [] };
    this.experts.take({ items: items.map((each) => (each.id === changed.id ? changed : each)) });
    return changed;
  }

  /** Stores what a tool may do. Throws what the request threw; then the old permission is shown again. */
  async changeTool(tool: ChatTool, permission: ToolPermission): Promise<void> {
    const show = (changed: ChatTool) => {
      const { items } = this.tools.data ?? { items: [] };
      this.tools.take({ items: items.map((each) => (each.name === changed.name ? changed : each)) });
    };
    show({ ...tool, permission });
    try {
      show(await api.patch<ChatTool>(`/chat-modes/tools/${encodeURIComponent(tool.name)}`, { permission }));
    } catch (error) {
      show(tool);
      throw error;
    }
  }
}

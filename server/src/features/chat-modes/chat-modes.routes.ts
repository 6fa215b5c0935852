import { Type } from 'typebox';
import { defineRoute, type Route } from '../../platform/http/route.ts';
import { clientFacts } from '../audit/index.ts';
import { ChatModeNotFound, ExpertNotFound, ExpertPromptEmpty, ToolNotFound } from './chat-modes.errors.ts';
import {
  ExpertChange,
  ExpertList,
  ExpertView,
  ModeDefinition,
  ModeList,
  ToolChange,
  ToolList,
  ToolView,
} from './chat-modes.schemas.ts';
import type { ChatModeService } from './chat-modes.service.ts';

const shared = { tags: ['chat modes'] as string[], access: 'session' as const };
const name = Type.String({ minLength: 1, maxLength: 100 });

/** Chat modes, and what people may change about them. */
export function chatModeRoutes(modes: ChatModeService): Route[] {
  return [...modeRoutes(modes), ...expertRoutes(modes), ...toolRoutes(modes)];
}

function modeRoutes(modes: ChatModeService): Route[] {
  return [
    defineRoute({
      ...shared,
      method: 'GET',
      url: '/api/v1/chat-modes',
      summary: 'The ways to be answered',
      description:
        'With what each cannot do at present. Workflows of your own with a trigger "chat" come last.',
      response: { 200: ModeList },
      handler: async ({ actor }) => ({ items: await modes.list(actor.userId) }),
    }),
    defineRoute({
      ...shared,
      method: 'GET',
      url: '/api/v1/chat-modes/:mode_id/definition',
      summary: 'The workflow that a chat mode runs for you',
      params: Type.Object({ mode_id: name }),
      response: { 200: ModeDefinition },
      errors: [ChatModeNotFound],
      handler: async ({ actor, params }) => ({
        definition: await modes.definition(actor.userId, params.mode_id),
      }),
    }),
  ];
}

function expertRoutes(modes: ChatModeService): Route[] {
  return [
    defineRoute({
      ...shared,
      method: 'GET',
      url: '/api/v1/chat-modes/experts',
      summary: 'The experts of the expert group',
      response: { 200: ExpertList },
      handler: async ({ actor }) => ({ items: await modes.listExperts(actor.userId) }),
    }),
    defineRoute({
      ...shared,
      method: 'PATCH',
      url: '/api/v1/chat-modes/experts/:expert_id',
      summary: 'Switch an expert on or off, or change its instructions',
      params: Type.Object({ expert_id: name }),
      body: ExpertChange,
      response: { 200: ExpertView },
      errors: [ExpertNotFound, ExpertPromptEmpty],
      handler: ({ actor, params, body }) => modes.changeExpert(actor.userId, params.expert_id, body),
    }),
  ];
}

function toolRoutes(modes: ChatModeService): Route[] {
  return [
    defineRoute({
      ...shared,
      method: 'GET',
      url: '/api/v1/chat-modes/tools',
      summary: 'The tools that chat modes may use',
      response: { 200: ToolList },
      handler: async ({ actor }) => ({ items: await modes.listTools(actor.userId) }),
    }),
    defineRoute({
      ...shared,
      method: 'PATCH',
      url: '/api/v1/chat-modes/tools/:tool_name',
      summary: 'Let chat modes use a tool, ask about it first, or never use it',
      params: Type.Object({ tool_name: name }),
      // A key must not give tools a right that the person did not give.
      scope: false,
      body: ToolChange,
      response: { 200: ToolView },
      errors: [ToolNotFound],
      handler: ({ actor, params, body, request }) =>
        modes.changeTool(actor, params.tool_name, body, clientFacts(request)),
    }),
  ];
}

import type { WorkflowNode } from '@aiwfe/api-client';
import { writeDuration } from '#lib/messages/durations.ts';
import { t, textOr } from '#lib/messages/translate.svelte.ts';
import { stepTypeName } from '../step-names.ts';
import { errorPort, nextPort, type StepCatalogue } from './step-catalogue.ts';

/** What a kind of step is called; kinds that are newer than the catalogue have the server's words. */
export function kindTitle(catalogue: StepCatalogue, type: string): string {
  return stepTypeName(type, catalogue.steps.get(type)?.title);
}

export function kindText(catalogue: StepCatalogue, type: string): string {
  return textOr(`workflow_steps.${type}_text`, catalogue.steps.get(type)?.description ?? '');
}

export function nodeTitle(catalogue: StepCatalogue, node: Pick<WorkflowNode, 'name' | 'type'>): string {
  return node.name?.trim() || kindTitle(catalogue, node.type);
}

export function fieldLabel(type: string, field: string, title?: string): string {
  return textOr(`workflow_steps.${type}.${field}`, title ?? spaced(field));
}

export function fieldHint(type: string, field: string): string | undefined {
  return textOr(`workflow_steps.${type}.${field}_hint`, undefined);
}

/** What an option of a choice is called; methods and names of events are as they are written. */
export function optionLabel(type: string, field: string, option: string): string {
  return textOr(`workflow_steps.${type}.${field}.${option}`, option);
}

export function portLabel(port: string): string {
  if (port === nextPort) return t('workflow_builder.port_next');
  if (port === errorPort) return t('workflow_builder.port_error');
  return textOr(`workflow_steps.port.${port}`, port);
}

/** `output_schema` → `Output schema` */
export function spaced(name: string): string {
  const words = name.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** In one line what a step does, from its settings; what its kind does while nothing is set. */
export function nodeSummary(catalogue: StepCatalogue, node: WorkflowNode): string {
  const { config = {} } = node;
  const text = (name: string): string => firstLine(config[name]);
  const made: Record<string, () => string> = {
    prompt: () => text('prompt'),
    retrieve: () => text('query'),
    web_search: () => text('query'),
    chosen_tool: () => text('choice'),
    text: () => text('template'),
    transform: () => text('expression'),
    condition: () => text('expression'),
    switch: () => text('expression'),
    loop: () => text('items'),
    approval: () => text('title'),
    http: () => (config.url ? `${config.method ?? 'GET'} ${text('url')}` : ''),
    tool: () => catalogue.tools.get(String(config.tool))?.title ?? text('tool'),
    wait: () => waitWords(catalogue, config),
    end: () => text('output'),
  };
  return made[node.type]?.() || kindText(catalogue, node.type);
}

function firstLine(value: unknown): string {
  if (value === undefined || value === null) return '';
  const whole = typeof value === 'string' ? value : JSON.stringify(value);
  return (whole.split('\n').find((line) => line.trim() !== '') ?? '').trim().slice(0, 120);
}

function waitWords(catalogue: StepCatalogue, { seconds, until, event }: Record<string, unknown>): string {
  if (typeof event === 'string')
    return t('workflow_builder.waits_for', { event: eventName(catalogue, event) });
  if (typeof seconds === 'number') return writeDuration(seconds * 1_000);
  return firstLine(until);
}

/** What an event is called; those that are newer than the catalogue have the server's words. */
export function eventName({ events }: StepCatalogue, event: string): string {
  const title = events.find((one) => one.name === event)?.title;
  return textOr(`workflow_triggers.event.${event}`, title ?? event);
}

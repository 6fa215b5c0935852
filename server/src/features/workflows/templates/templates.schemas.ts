import { Type } from 'typebox';
import { DefinitionSchema } from '../definitions/definition.schemas.ts';
import { templateCategories } from './template.ts';

export const TemplateList = Type.Object({
  items: Type.Array(
    Type.Object({
      id: Type.String(),
      title: Type.String(),
      about: Type.String(),
      category: Type.Union(templateCategories.map((category) => Type.Literal(category))),
      /** Name of a symbol. */
      icon: Type.String(),
      definition: DefinitionSchema,
      /** What it cannot work without: `model`, `documents`, `web_search`. */
      needs: Type.Array(Type.String()),
    }),
  ),
});

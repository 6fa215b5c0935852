import type { Page, Person } from '@aiwfe/api-client';
import { api, PagedResource } from '#lib/api/index.ts';
import { type Address, filterFromAddress } from './list-filter.ts';

const pageSize = 50;

/** People as far as they are asked for, and what is looked for among them. */
export class PeopleState extends PagedResource<Person> {
  filter = $state({ search: '', role: '', status: '' });
  readonly isFiltered = $derived(Object.values(this.filter).some((value) => value !== ''));

  constructor(address: Address) {
    super((cursor) =>
      api.get<Page<Person>>('/admin/users', { query: { ...this.filter, cursor, limit: pageSize } }),
    );
    this.filter = filterFromAddress(address, ['search', 'role', 'status']);
  }

  /** Lets in somebody who registered and waits. Throws what the request throws. */
  async approve(person: Person): Promise<void> {
    await api.patch(`/admin/users/${person.id}`, { status: 'active' });
    await this.load();
  }
}

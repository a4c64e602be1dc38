/** `Storage`: the lists that a 2.9 client asks for with `status --format json`; there is no storage. */
import { type Facade, method } from '../facade.ts';
import { attributes, list, struct } from '../params.ts';

const filters = () => struct({ filters: list(attributes()) });

/** One empty result for each filter. */
const nothingFound = method(filters(), ({ filters }) => ({
  results: filters.map(() => ({ result: [] })),
}));

export const storage: Facade = {
  name: 'Storage',
  place: 'model',
  role: 'user',
  methods: {
    ListStorageDetails: nothingFound,
    ListFilesystems: nothingFound,
    ListVolumes: nothingFound,
  },
};

// The types of the contract, generated (`npm run gen`). Whoever copies this folder copies that file over this one.
export type * from '../src/api/schema'

export { paginate, type Page, type PageRequest, type Paginated } from "./paginate.ts";
export type { Cursor, PageNumbering, PaginateOptions } from "./paginate-options.ts";
export { asServerLink, isServerLink } from "./server-link.ts";

export { paginate, type Page, type Paginated } from "./paginate.ts";
export type { Cursor, PageNumbering, PaginateOptions } from "./paginate-options.ts";
export { asServerLink, isServerLink } from "./server-link.ts";

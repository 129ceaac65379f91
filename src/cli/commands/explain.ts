import type { Command } from "commander";
import { catalog, type CatalogEntry, type ErrorCode, nearest } from "../../errors/index.ts";
import type { Io } from "../io.ts";
import { painter, type Paint } from "../output/color.ts";
import { renderTable } from "../output/table.ts";
import { wrap } from "../output/wrap.ts";
import { UsageError } from "../usage-error.ts";

/** `errand explain [CODE]`: the page of an error code, offline, from the table that the errors themselves come from. */
export function register(command: Command, io: Io): void {
  command
    .argument("[code]", "such as ERR_TIMEOUT, timeout or tls-expired; without it all are listed")
    .option("--json", "machine-readable")
    .action((typed: string | undefined, options: { readonly json?: boolean }) => {
      const code = typed === undefined ? undefined : findCode(typed);
      if (options.json === true) return io.stdout.print(JSON.stringify(code === undefined ? allPages() : page(code), undefined, 2));
      io.stdout.print(
        code === undefined
          ? renderList()
          : renderPage(code, painter(io.stdout.hasColor), io.stdout.isTTY ? io.stdout.columns : Number.POSITIVE_INFINITY),
      );
    });
}

const codes = Object.keys(catalog).filter(isCode);

function isCode(name: string): name is ErrorCode {
  return Object.hasOwn(catalog, name);
}

/** Accepts any case, `-` for `_`, and the name without `ERR_`. */
function findCode(typed: string): ErrorCode {
  const name = `ERR_${typed.toUpperCase().replaceAll(/[-\s]/g, "_").replace(/^ERR_/, "")}`;
  if (isCode(name)) return name;
  const known = nearest(name, codes);
  throw new UsageError(`there is no error code ${typed}`, {
    hint: `${known === undefined ? "" : `Did you mean ${known}? `}errand explain lists all.`,
  });
}

function page(code: ErrorCode): CatalogEntry & { readonly code: ErrorCode } {
  return { code, ...catalog[code] };
}

function allPages(): readonly CatalogEntry[] {
  return codes.map(page);
}

function renderPage(code: ErrorCode, paint: Paint, columns: number): string {
  const { title, meaning, remedy, exitCode } = catalog[code];
  return [
    `${paint("bold", code)}: ${title}`,
    "",
    wrap(meaning, { columns }),
    "",
    wrap(`What to do: ${remedy}`, { columns }).replace("What to do:", paint("bold", "What to do:")),
    "",
    `Exit code ${exitCode}`,
  ].join("\n");
}

function renderList(): string {
  const rows = codes.map((code) => [code, String(catalog[code].exitCode), catalog[code].title]);
  return renderTable([{ title: "CODE" }, { title: "EXIT", align: "right" }, { title: "WHAT HAPPENED" }], rows);
}

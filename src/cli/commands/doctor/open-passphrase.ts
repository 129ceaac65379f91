import { openSecret } from "../../../secrets/index.ts";
import type { Io } from "../../io.ts";
import { credential } from "../../items/request-auth.ts";
import type { DoctorFlags } from "../doctor.ts";

/** What `--passphrase` refers to. @throws ConfigError for a reference that leads nowhere */
export async function openPassphrase({ passphrase }: DoctorFlags, io: Io): Promise<string | undefined> {
  if (passphrase === undefined) return undefined;
  const warn = (message: string): void => io.stderr.print(`warning: ${message}`);
  return openSecret(credential(passphrase, { label: "the text of --passphrase", example: "--passphrase env:KEY_PASSPHRASE", warn }));
}

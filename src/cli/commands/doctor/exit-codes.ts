import { EXIT } from "../../exit-codes.ts";

/** As `kubectl diff` has it: nothing, something, or it could not be looked at. */
export const DOCTOR_EXIT = { healthy: EXIT.ok, problem: EXIT.error, couldNotLook: EXIT.timeout } as const;

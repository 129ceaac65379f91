import type { Engine } from "errand/flow";

/** What a module gives the suite to try an engine. */
export interface EngineUnderTest {
  /** @param place a folder of the run's own */
  open(place: string): Engine & { close(): Promise<void> };
}

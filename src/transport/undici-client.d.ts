// undici has no "exports" map: its client alone is loaded, which sets no global dispatcher and starts in a third of the time.
// What it takes and does stands in dispatcher.ts, where our own declarations can name it.
declare module "undici/lib/dispatcher/client.js" {
  export default class Client {
    constructor(origin: string, options: object);
    dispatch(options: object, handler: object): boolean;
    destroy(): Promise<void>;
    on(event: "disconnect", listener: () => void): this;
  }
}

declare module "undici/lib/core/symbols.js" {
  const symbols: { readonly kParser: symbol };
  export default symbols;
}

/** A channel of the stand-in's workspace. */
export interface SlackChannel {
  /** As Slack writes them: `C` and upper-case letters and digits. */
  readonly id: string;
  /** Without `#`. */
  readonly name: string;
  readonly isArchived?: boolean;
  /** Seen only by its members, and read with scopes of its own (`groups:`). Default false. */
  readonly isPrivate?: boolean;
  /** False when the bot has not been invited. Default true. */
  readonly isMember?: boolean;
}

/** Invisible data of a message, by which a sender finds it again in the history. */
export interface SlackMetadata {
  readonly event_type: string;
  readonly event_payload: Readonly<Record<string, unknown>>;
}

/** What a message says. */
export interface SlackContent {
  readonly text: string;
  readonly blocks: readonly unknown[];
  readonly attachments: readonly unknown[];
  readonly metadata: SlackMetadata | undefined;
}

/** A message that arrived. */
export interface SlackMessage extends SlackContent {
  /** Its identity in the channel: seconds since the epoch, a point and six digits. */
  readonly ts: string;
  /** The channel's id. */
  readonly channel: string;
  readonly channelName: string;
  readonly via: "webhook" | "api";
  /** The `ts` of the message it replies to. */
  readonly threadTs: string | undefined;
  /** When it was last changed by chat.update. */
  readonly editedTs: string | undefined;
}

/** Where and how a message is posted. */
export interface Posting {
  readonly channel: SlackChannel;
  readonly via: SlackMessage["via"];
  readonly content: SlackContent;
  readonly threadTs?: string;
}

/** The channels and the messages in them. */
export class Workspace {
  readonly messages: SlackMessage[] = [];
  readonly #channels: readonly SlackChannel[];
  readonly #now: () => number;
  #counter = 0;

  /** Where the bot is a member. */
  get joined(): readonly SlackChannel[] {
    return this.#channels.filter(({ isMember }) => isMember !== false);
  }

  constructor(channels: readonly SlackChannel[], now: () => number) {
    this.#channels = channels;
    this.#now = now;
  }

  channelById(id: string): SlackChannel | undefined {
    return this.#channels.find((channel) => channel.id === id);
  }

  channelByName(name: string): SlackChannel | undefined {
    return this.#channels.find((channel) => channel.name === name.replace(/^#/, ""));
  }

  post({ channel, via, content, threadTs }: Posting): SlackMessage {
    const message = { ...content, ts: this.#nextTs(), channel: channel.id, channelName: channel.name, via, threadTs, editedTs: undefined };
    this.messages.push(message);
    return message;
  }

  find(channelId: string, ts: string): SlackMessage | undefined {
    return this.messages.find((message) => message.channel === channelId && message.ts === ts);
  }

  /** Replaces what the message says; metadata stays when none is given, as in Slack. */
  update(message: SlackMessage, content: SlackContent): SlackMessage {
    const metadata = content.metadata ?? message.metadata;
    const updated = { ...message, ...content, metadata, editedTs: this.#nextTs() };
    this.messages[this.messages.indexOf(message)] = updated;
    return updated;
  }

  /** Messages of the channel itself, not of its threads; newest first. */
  history(channelId: string): SlackMessage[] {
    return this.messages.filter((message) => message.channel === channelId && message.threadTs === undefined).reverse();
  }

  replyCount({ channel, ts }: SlackMessage): number {
    return this.messages.filter((message) => message.channel === channel && message.threadTs === ts).length;
  }

  /** Unique, and greater than all before as long as the clock does not go back. */
  #nextTs(): string {
    this.#counter += 1;
    return `${Math.floor(this.#now() / 1000)}.${String(this.#counter).padStart(6, "0")}`;
  }
}

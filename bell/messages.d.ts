/** A request that was refused or that failed. */
export class Problem extends Error {
    /**
     * @param {number} status
     * @param {string} detail
     * @param {number} [retryAfter]
     */
    constructor(status: number, detail: string, retryAfter?: number);
    /** The status of the response; 0 without a response; 401 for a redirect, which leads to a sign-in page. */
    status: number;
    /** The reason, in the words of the server if it gives one. */
    detail: string;
    /** The number of seconds after which the server accepts the request; 0 if it does not tell. */
    retryAfter: number;
    /** Whether the same request may succeed later. */
    get isTransient(): boolean;
}
/**
 * The client of one inbox. Dispatches the events `change`, `message` (`detail.message`, cancellable), `problem`
 * (`detail.problem`) and `signedout`.
 */
export class MessagesClient extends EventTarget {
    /**
     * Returns the client that this page shares for a scope and a filter.
     *
     * @param {string | URL} [base]
     * @param {string} [filter]
     */
    static at(base?: string | URL, filter?: string): MessagesClient;
    /** @param {Options} [options] */
    constructor(options?: Options);
    /** Returns the present state. The function is bound to the client. @type {() => Snapshot} */
    snapshot: () => Snapshot;
    /**
     * Calls the listener after each change of the snapshot. Returns a function that ends this. The function is bound to
     * the client.
     *
     * @type {(listener: () => void) => () => void}
     */
    subscribe: (listener: () => void) => () => void;
    /**
     * Reads the inbox and follows it, until the returned function is called. Connections are counted. After the last one,
     * the client stops in 3 seconds.
     *
     * @param {object} [options]
     * @param {boolean} [options.list] Whether the messages are shown, or only their number. By default `true`.
     * @returns {() => void}
     */
    connect({ list }?: {
        list?: boolean;
    }): () => void;
    /** Reads the newest messages now. Rejects with a `Problem` if this is not possible. */
    refresh(): Promise<void>;
    /** Reads the next older messages. Rejects with a `Problem` if this is not possible. */
    more(): Promise<void>;
    /** Lets the fresh messages into the list. */
    admit(): void;
    /**
     * Marks messages as read. `upTo` marks all messages up to this one, but none that the list has not shown.
     *
     * Rejects with a `Problem` if the server refuses. The caller does not have to await the promise.
     *
     * @param {number | readonly number[] | {upTo: number}} what
     * @returns {Promise<void>}
     */
    read(what: number | readonly number[] | {
        upTo: number;
    }): Promise<void>;
    /**
     * Marks messages as unread, like `read`.
     *
     * @param {number | readonly number[] | {upTo: number}} what
     * @returns {Promise<void>}
     */
    unread(what: number | readonly number[] | {
        upTo: number;
    }): Promise<void>;
    /**
     * Deletes a message. The request is sent with the next removal, when the last list is closed, or when the page ends.
     *
     * @param {number} id
     * @returns {Undoable}
     */
    remove(id: number): Undoable;
    /**
     * Moves a message to the archive at once. To undo it is to restore the message.
     *
     * @param {number} id
     * @returns {Undoable}
     */
    archive(id: number): Undoable;
    /**
     * Counts all messages of the list as seen.
     *
     * @returns {Promise<void>}
     */
    seen(): Promise<void>;
    #private;
}
/**
 * An event as it is sent.
 */
export type Block = {
    /**
     * The position of the stream after this event.
     */
    id: string;
    /**
     * The kind of the event; `message` if the server gives no name.
     */
    name: string;
    /**
     * The data, as text.
     */
    data: string;
};
/**
 * The options of a request.
 */
export type RequestOptions = {
    /**
     * Whether no person caused the request.
     */
    isBackground?: boolean;
    /**
     * Whether the request outlives the page.
     */
    keepalive?: boolean;
    headers?: Record<string, string>;
    signal?: AbortSignal;
};
/**
 * An action of a message: a label and a link.
 */
export type Action = {
    label: string;
    href: string;
};
/**
 * A message.
 */
export type Message = {
    id: number;
    /**
     * The text.
     */
    message: string;
    level: number;
    /**
     * The name of the level; empty if it has no name.
     */
    level_tag: string;
    extra_tags: readonly string[];
    view: string;
    /**
     * The time of the first reading.
     */
    read_at: string | null;
    created: string;
    title?: string;
    data?: Record<string, unknown>;
    actions?: readonly Action[];
    format?: "safe_html";
    key?: string;
    times?: number;
    expires_at?: string;
};
export type Kind = "read" | "unread" | "remove" | "archive" | "restore" | "seen";
/**
 * An operation. `held`: it can be undone, and is not sent yet. `waiting`: it is sent as soon as possible. `sent`: its
 * response is awaited. `done`: the server has confirmed it, but may not have told the change yet.
 */
export type Operation = {
    kind: Kind;
    ids: number[];
    upTo: number | null;
    /**
     * The time of the operation.
     */
    at: string;
    /**
     * The message that is restored.
     */
    message: Message | undefined;
    state: "held" | "waiting" | "sent" | "done";
    /**
     * The time of the first attempt.
     */
    since: number | null;
    attempts: number;
    /**
     * The moment of the response, as a number of the client.
     */
    answeredAt: number;
    sending: Promise<number> | null;
    promise: Promise<void>;
    resolve: () => void;
    reject: (problem: Problem) => void;
};
/**
 * A request. `mayBeGone`: 404 is a success.
 */
export type Step = {
    method: string;
    path: string;
    mayBeGone?: boolean;
};
/**
 * An event of the stream.
 */
export type StreamEvent = {
    /**
     * The position of the stream after this event.
     */
    id: string;
    name: string;
    body: any;
};
/**
 * A message to the other tabs. `beat`: from the leader, with its state. `event`: an event of the leader's stream, with
 * the position before it. `wants`: from a visible tab that is not the leader. `offer`: from a leader that is hidden.
 * `gone`: the user is no longer the same. `active`: the user is there.
 */
export type TabMessage = {
    kind: "beat";
    isLive: boolean;
    at: string;
} | {
    kind: "event";
    event: StreamEvent;
    after: string;
} | {
    kind: "wants" | "offer" | "gone" | "active";
};
/**
 * The state of a client. `idle`: there was no response yet. `loading`: the list is awaited for more than 300 ms.
 * `ready`: the server has answered. `offline`: the server can't be reached. `failed`: the server could not answer.
 * `signed-out`: no user is signed in. `missing`: there is no inbox at this address.
 */
export type Status = "idle" | "loading" | "ready" | "offline" | "failed" | "signed-out" | "missing";
/**
 * The state that a front end shows.
 */
export type Shown = {
    status: Status;
    /**
     * Whether changes arrive at once.
     */
    live: boolean;
    /**
     * The problem of the last reading.
     */
    error: Problem | null;
    /**
     * The messages, newest first.
     */
    messages: readonly Message[];
    /**
     * Whether there may be older messages.
     */
    more: boolean;
    /**
     * The messages that have arrived and were not admitted yet, newest first.
     */
    fresh: readonly Message[];
    /**
     * The number of unread messages.
     */
    count: number;
    /**
     * The number of unseen messages; equal to `count` if the server does not tell it.
     */
    unseen: number;
    /**
     * The highest level of the unread messages.
     */
    maxLevel: number | null;
    /**
     * The name of that level.
     */
    maxLevelTag: string;
    /**
     * The number of operations that the server has not confirmed.
     */
    pending: number;
    /**
     * The actions that the server permits.
     */
    can: ReadonlySet<string>;
    /**
     * The clock of the server minus ours, in milliseconds.
     */
    clockOffset: number;
};
/**
 * The state. It is frozen, and the same object until something changes.
 */
export type Snapshot = Readonly<Shown>;
/**
 * An operation that can be undone. Both functions may be called at any time.
 */
export type Undoable = {
    /**
     * Takes the operation back. Resolves to whether this was possible.
     */
    undo: () => Promise<boolean>;
    /**
     * Sends the operation now, if it waits. Resolves when the server has confirmed it.
     */
    send: () => Promise<void>;
};
export type Options = {
    /**
     * The address of the scope; by default `/messages/`.
     */
    base?: string | URL;
    /**
     * The filters of the list, such as `level__gte=30&extra_tags=billing`.
     */
    filter?: string;
    /**
     * Returns headers for each request.
     */
    headers?: () => HeadersInit | Promise<HeadersInit>;
    /**
     * By default `same-origin`.
     */
    credentials?: RequestCredentials;
    fetch?: typeof globalThis.fetch;
    /**
     * Converts the JSON of a message, for `MessagesConfig::represent`.
     */
    adapt?: (raw: any) => Message;
    /**
     * `poll` opens no stream. `off` reads only at the start and on request.
     */
    live?: "auto" | "poll" | "off";
    /**
     * The seconds between two readings without a stream; by default 30.
     */
    poll?: number;
    /**
     * The minutes without a key or pointer after which all traffic ends; by default 0, never.
     */
    idleAfter?: number;
    /**
     * Whether a hidden page is kept up to date.
     */
    background?: boolean;
    /**
     * The number of messages of a page; by default 20.
     */
    limit?: number;
};

/** The events of a client. */
export interface MessagesEvents {
    change: Event;
    message: CustomEvent<{ message: Message }>;
    problem: CustomEvent<{ problem: Problem }>;
    signedout: CustomEvent<{}>;
}
export interface MessagesClient {
    addEventListener<Name extends keyof MessagesEvents>(type: Name, listener: (event: MessagesEvents[Name]) => void, options?: boolean | AddEventListenerOptions): void;
    addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions): void;
    removeEventListener<Name extends keyof MessagesEvents>(type: Name, listener: (event: MessagesEvents[Name]) => void, options?: boolean | EventListenerOptions): void;
    removeEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | EventListenerOptions): void;
}

export type TextName = keyof typeof ENGLISH;
export type Texts = Partial<Record<TextName, Text>>;
export type Message = import("./messages.js").Message;
export type Snapshot = import("./messages.js").Snapshot;
export type Undoable = import("./messages.js").Undoable;
/**
 * A text, or its plural forms by the categories of `Intl.PluralRules`. `{n}` and other names in braces are replaced.
 */
export type Text = string | Partial<Record<Intl.LDMLPluralRule, string>>;
/**
 * How dates are written.
 */
export type Calendar = {
    language: string | undefined;
    timeZone: string | undefined;
    /**
     * Whether times are written as times of day, and not as "5 min. ago".
     */
    isAbsolute: boolean;
};
export type Icon = keyof typeof SHAPES;
/**
 * The actions of a row.
 */
export type Deeds = {
    /**
     * Returns whether the
     * browser follows the link.
     */
    open: (message: Message, href: URL, action?: {
        label: string;
        href: string;
    }) => boolean;
    /**
     * Marks as read or unread.
     */
    toggle: (message: Message) => void;
    take: (message: Message, kind: "archive" | "remove", wasByKey?: boolean) => void;
};
/**
 * The state of an element.
 */
export type Known = {
    /**
     * The number of unseen messages that needs no announcement.
     */
    unseen: number | null;
    arrived: Message[];
};
export class MessagesBell extends MessagesElement {
    /** Opens the panel. */
    show(): void;
    /** Closes the panel. */
    hide(): void;
    /** Opens or closes the panel. */
    toggle(): void;
    #private;
}
export class MessagesInbox extends MessagesElement {
    get allFilters(): string;
    #private;
}
declare namespace ENGLISH {
    export let label: string;
    export let unread: string;
    let _new: string;
    export { _new as new };
    export let upTo: string;
    export let markAll: string;
    export let markedAll: Text;
    export let close: string;
    export let isUnread: string;
    export let more: string;
    export let read: string;
    export let unreadOne: string;
    export let archive: string;
    export let archived: string;
    export let remove: string;
    export let removed: string;
    export let undo: string;
    export let fresh: Text;
    export let errors: Text;
    export let empty: string;
    export let loading: string;
    export let offline: string;
    export let failed: string;
    export let retry: string;
    export let problem: string;
    export let signedOut: string;
    export let older: string;
    export let all: string;
    export let onlyUnread: string;
    export let warnings: string;
    export let show: string;
    export let search: string;
}
declare namespace SHAPES {
    export let bell: string;
    export let debug: string;
    export let info: string;
    export let success: string;
    export let warning: string;
    export let error: string;
    let close_1: string;
    export { close_1 as close };
    let read_1: string;
    export { read_1 as read };
    let unread_1: string;
    export { unread_1 as unread };
    let archive_1: string;
    export { archive_1 as archive };
    let remove_1: string;
    export { remove_1 as remove };
}
declare const MessagesElement_base: new () => HTMLElement & Record<keyof typeof ATTRIBUTES, any>;
/** An element that shows messages. */
declare class MessagesElement extends MessagesElement_base {
    static observedAttributes: string[];
    /** The number of the settings that the rows were made with. */
    version: number;
    set client(client: MessagesClient);
    /** The client. By default, the one that the page shares for `src` and `filter`. */
    get client(): MessagesClient;
    set texts(texts: Partial<Record<"search" | "all" | "show" | "failed" | "new" | "removed" | "remove" | "loading" | "label" | "close" | "offline" | "empty" | "read" | "unread" | "archive" | "upTo" | "more" | "problem" | "fresh" | "retry" | "markAll" | "markedAll" | "isUnread" | "unreadOne" | "archived" | "undo" | "errors" | "signedOut" | "older" | "onlyUnread" | "warnings", Text>>);
    /** Texts that replace the English ones. */
    get texts(): Partial<Record<"search" | "all" | "show" | "failed" | "new" | "removed" | "remove" | "loading" | "label" | "close" | "offline" | "empty" | "read" | "unread" | "archive" | "upTo" | "more" | "problem" | "fresh" | "retry" | "markAll" | "markedAll" | "isUnread" | "unreadOne" | "archived" | "undo" | "errors" | "signedOut" | "older" | "onlyUnread" | "warnings", Text>>;
    set renderMessage(render: (message: Message) => Element | null);
    /** Makes the content of a row, or returns `null` for the usual one. */
    get renderMessage(): (message: Message) => Element | null;
    set hrefOf(hrefOf: (message: Message) => string | URL | null);
    /** Returns the address that a message leads to. By default, the text `url` of its data. */
    get hrefOf(): (message: Message) => string | URL | null;
    get snapshot(): Readonly<import("./messages.js").Shown>;
    /** The present time of the server, in milliseconds. */
    get now(): number;
    /** @type {Calendar} How dates are written. */
    get calendar(): Calendar;
    /** Whether the list is shown. */
    get isListShown(): boolean;
    /** Whether a person looks at the list now. */
    get isWatched(): boolean;
    /** The filters of the client. */
    get allFilters(): any;
    /** Reads the newest messages now. */
    refresh(): Promise<void>;
    /** Marks all messages as read that the list shows. */
    markAllRead(): Promise<void>;
    /** @param {TextName} name @param {Record<string, string | number>} [values] */
    text(name: TextName, values?: Record<string, string | number>): string;
    /**
     * Dispatches an event. Returns whether no listener has cancelled it.
     *
     * @param {string} name
     * @param {object} detail
     * @param {boolean} [cancelable]
     */
    fire(name: string, detail: object, cancelable?: boolean): boolean;
    /** Sets the states for `:state()`. @param {Record<string, boolean>} states */
    setStates(states: Record<string, boolean>): void;
    /** Shows the present state. */
    render(): void;
    /** Tells what a person has done. @param {string} _text @param {string} [_label] @param {() => void} [_act] */
    tell(_text: string, _label?: string, _act?: () => void): void;
    /** Focuses the heading of the list. */
    focusHeading(): void;
    /** A person looks away, or looks again. */
    restart(): void;
    /** Makes all rows again. */
    rebuild(): void;
    connectedCallback(): void;
    disconnectedCallback(): void;
    /** @param {string} name @param {string | null} before @param {string | null} value */
    attributeChangedCallback(name: string, before: string | null, value: string | null): void;
    /** Connects the client. The element is in the page. */
    attach(): void;
    /** Disconnects the client. */
    release(): void;
    /** Chooses another client, because the filters have changed. */
    changeFilters(): void;
    #private;
}
declare namespace ATTRIBUTES {
    export let src: string;
    export let filter: string;
    export let count: number;
    export let maxLevelTag: string;
    export let badge: string;
    export let max: number;
    export let mark: string;
    export let dwell: number;
    export let acknowledge: number;
    export let live: string;
    export let poll: number;
    export let idleAfter: number;
    export let background: boolean;
    export let announce: string;
    export let documentTitle: boolean;
    export let appBadge: boolean;
    export let placement: string;
    export let density: string;
    let label_1: string;
    export { label_1 as label };
    export let clock: string;
    export let timeZone: string;
    export let hideSignedOut: boolean;
    export let open: boolean;
}
import { MessagesClient } from "./messages.js";
export {};

/** The events of the elements. */
export interface MessagesElementEvents {
    "message-open": CustomEvent<{ message: Message; action?: { label: string; href: string }; href: string }>;
    "message-new": CustomEvent<{ message: Message }>;
    "messages-change": CustomEvent<{ count: number; unseen: number }>;
    "messages-toggle": CustomEvent<{ isOpen: boolean }>;
    "messages-problem": CustomEvent<{ problem: import("./messages.js").Problem }>;
    "messages-signed-out": CustomEvent<{}>;
}
declare global {
    interface HTMLElementTagNameMap {
        "messages-bell": MessagesBell;
        "messages-inbox": MessagesInbox;
    }
    interface HTMLElementEventMap extends MessagesElementEvents {}
}

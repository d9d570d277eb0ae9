// Messages that come by themselves (staff, late replies, other tabs): the long poll, and a nudge between tabs.
import { call } from "./api.js";

const WAIT = 25;
const LONGEST_PAUSE = 30_000;

/**
 * Follow a conversation. `update(reply)` gets every answer of the poll; `failed(error)` a lasting error, which ends it.
 * `pausedWhile()` is true while an answer of ours is on its way: what the poll says meanwhile is asked again.
 */
export class Follower {
  constructor(chat, { update, failed, busy }) {
    Object.assign(this, { chat, update, failed, busy, after: null, stopped: false });
    this.ears = {};
    try {
      this.channel = new BroadcastChannel(`ims-${chat.id}`);
      this.channel.onmessage = ({ data }) => this.heard(data);
    } catch {
      // A frame whose storage the browser blocks may have no channel; the poll brings the news a little later.
    }
  }

  /** Say something to the other tabs of this chat: "news" or "gone". No text of a patient is in it. */
  tell(word) {
    this.channel?.postMessage(word);
  }

  heard(word) {
    if (word === "news") this.poke();
    else this.ears[word]?.();
  }

  /** Ask at once instead of waiting for the poll under way. */
  poke() {
    this.poked = true;
    this.abort?.abort();
    this.resume?.();
  }

  async run() {
    this.stopped = false;
    let failures = 0;
    while (!this.stopped) {
      this.abort = new AbortController();
      const wait = this.poked ? 0 : WAIT;
      this.poked = false;
      const asked = Date.now();
      try {
        const query = this.after ? `?after=${encodeURIComponent(this.after)}&wait=${wait}` : "";
        const reply = await call("GET", `/conversations/${this.chat.id}${query}`, { token: this.chat.token, signal: this.abort.signal });
        failures = 0;
        if (this.stopped) return;
        if (this.busy()) await this.pause(300);
        else {
          if (reply.messages.length) this.after = reply.messages.at(-1).id;
          this.update(reply);
          if (!reply.messages.length && Date.now() - asked < 1000) await this.pause(2000);
        }
      } catch (error) {
        if (this.stopped) return;
        if (error.name === "AbortError") continue;
        if (!error.passing) return this.failed(error);
        await this.pause(Math.max((error.retryAfter || 0) * 1000, Math.min(1000 * 2 ** failures++, LONGEST_PAUSE)));
      }
    }
  }

  pause(milliseconds) {
    return new Promise((resolve) => {
      this.resume = resolve;
      setTimeout(resolve, milliseconds);
    });
  }

  /** Stop asking; run() goes on. */
  hold() {
    this.stopped = true;
    this.abort?.abort();
  }

  stop() {
    this.hold();
    this.channel?.close();
  }
}

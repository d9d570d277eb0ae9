// Answers on their way: one at a time, in order, kept until the server has them, tried again with the same id.
import { call, newId } from "./api.js";
import { dequeue, enqueue, queued } from "./store.js";

const LONGEST_WAIT = 30;

/**
 * `hooks`: sending(entry), delivered(entry, reply), waiting(entry, error, seconds), refused(entry, error).
 * An entry is {id, body, shown, question}: what is sent, and what the visitor sees of it.
 */
export class Outbox {
  constructor(chat, hooks) {
    Object.assign(this, { chat, hooks, busy: false, stopped: false, wake: () => {} });
    addEventListener("online", () => this.wake());
  }

  /** Queue an answer and start sending. Returns the entry. */
  put(body, shown, question) {
    const id = newId();
    const entry = { id, body: { client_message_id: id, ...body }, shown, question };
    enqueue(entry);
    this.flush();
    return entry;
  }

  /** Send what waits, until nothing does. Safe to call at any time. */
  async flush() {
    if (this.busy) return this.wake();
    this.busy = true;
    let attempt = 0;
    for (let entry; !this.stopped && (entry = queued()[0]); ) {
      this.hooks.sending(entry);
      try {
        const reply = await call("POST", `/conversations/${this.chat.id}/messages`, { token: this.chat.token, body: entry.body });
        attempt = 0;
        dequeue(entry.id);
        this.hooks.delivered(entry, reply);
      } catch (error) {
        if (this.stopped) break;
        if (!error.passing) {
          dequeue(entry.id);
          this.hooks.refused(entry, error);
          continue;
        }
        const seconds = error.retryAfter || Math.min(2 ** attempt++, LONGEST_WAIT);
        this.hooks.waiting(entry, error, seconds);
        await this.pause(seconds);
      }
    }
    this.busy = false;
  }

  /** Wait, or less when the network is back or the visitor says "now". */
  pause(seconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, seconds * 1000);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  stop() {
    this.stopped = true;
    this.wake();
  }
}

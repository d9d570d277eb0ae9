// What this browser keeps: the conversation's id and token, and answers not yet sent. Nothing else, no cookie.
//
// Without the visitor's yes it lives in sessionStorage, which a reload survives and a closed tab does not. With it
// ("this is my own device") it lives in localStorage. Where storage is blocked, a variable has to do.

const CHAT = "ims-chat";
const QUEUE = "ims-queue";
const memory = new Map();

function area(name) {
  try {
    const storage = window[name];
    storage.setItem("ims-probe", "1");
    storage.removeItem("ims-probe");
    return storage;
  } catch {
    return {
      getItem: (key) => memory.get(name + key) ?? null,
      setItem: (key, value) => memory.set(name + key, value),
      removeItem: (key) => memory.delete(name + key),
    };
  }
}
const session = area("sessionStorage");
const local = area("localStorage");

const load = (storage, key, otherwise) => {
  try {
    return JSON.parse(storage.getItem(key)) ?? otherwise;
  } catch {
    return otherwise;
  }
};

/** The chat of this tab: {id, token}, or null. */
export const currentChat = () => load(session, CHAT, null);
/** The chat that a visitor chose to keep on this device, or null. */
export const keptChat = () => load(local, CHAT, null);
export const isRemembered = () => Boolean(currentChat() && keptChat()?.id === currentChat().id);

/** Make {id, token} the chat of this tab. */
export function keepChat(chat) {
  session.setItem(CHAT, JSON.stringify(chat));
}

/** Keep this tab's chat on the device, or stop keeping it. Unsent answers move along. */
export function rememberChat(yes) {
  const waiting = queued();
  local.removeItem(QUEUE);
  session.removeItem(QUEUE);
  if (yes) local.setItem(CHAT, JSON.stringify(currentChat()));
  else local.removeItem(CHAT);
  save(waiting);
}

/** Forget everything about the chat on this device: of this tab, and of the device when it is the same chat or none is open. */
export function forgetChat() {
  const chat = currentChat();
  if (!chat || keptChat()?.id === chat.id) {
    local.removeItem(CHAT);
    local.removeItem(QUEUE);
  }
  session.removeItem(CHAT);
  session.removeItem(QUEUE);
}

// Unsent answers, oldest first. Two tabs may share the list: it is read anew before each change.
const place = () => (isRemembered() ? local : session);
const save = (entries) =>
  entries.length ? place().setItem(QUEUE, JSON.stringify(entries)) : place().removeItem(QUEUE);
export const queued = () => load(place(), QUEUE, []);
export const enqueue = (entry) => save([...queued(), entry]);
export const dequeue = (id) => save(queued().filter((entry) => entry.id !== id));

// Who sends what a wallet signs: the wallet, which then pays the network's fee, or the service, which takes a signature
// (ERC-2771, EIP-712) and pays it.

import { handIn, pause, post } from "./service.js";

/** What wallets answer to what they do not know. */
const UNSUPPORTED = [4200, -32601, -32004];
/** For how long what may have been sent is asked for again, and how often at most, in milliseconds. */
const LONGEST = 60000, PAUSE = 1000;
const PROBLEM = "urn:earnest:problem:";
/** What the service answers before it has stored anything, though it is not the request's fault. */
const NOT_STORED = ["transaction-refused", "chain-error"].map((kind) => PROBLEM + kind);

/** What a wallet or a token cannot do, where another way does the same. */
export class OtherWay extends Error {}

/** What the service makes of what was signed for it, in whole words. */
export class Answered extends Error {}

/** Of what is certain not to have been sent; what else there is to say of that is added. */
export class NotSent extends Answered {}

/** What was signed and may have been sent, by what it was signed for: it is asked about before anything else is. */
const unsettled = new Map();

const chosen = (place) => place?.querySelector("[name='sender']:checked")?.value ?? "wallet";
const own = (place) => place?.querySelector("[name='sender'][value='wallet']");
const dialogOf = () => document.querySelector("dialog[data-sending]");
const forWhat = (button) => button.dataset.sign + button.dataset.request;

/** For browsers whose styles cannot ask which of the two is chosen: what is said about it follows the choice. */
export function senders(root) {
  const tell = () => {
    document.body.dataset.sender = chosen(root.querySelector("main"));
  };
  root.addEventListener("change", (event) => event.target.name === "sender" && tell());
  tell();
}

/** Whether the page says that the service sends what this button has signed. */
export const byService = (button) => chosen(button.closest(".card")) === "service";

/** Has the wallet send instead, where it can. */
export function byWallet(button) {
  const choice = own(button.closest(".card"));
  if (!choice || choice.disabled) return false;
  choice.checked = true;
  return true;
}

// whether the wallet can send it as well
function canItself(button) {
  const choice = own(button.closest(".card")) ?? own(dialogOf());
  return Boolean(choice) && !choice.disabled;
}

/**
 * Who sends a prepared call: as the page says beside the button, or as is answered in the page's dialog, which says what
 * is signed. Null where that was closed, or is open for another.
 */
export async function sender(button, prepared) {
  const dialog = dialogOf();
  if (dialog?.open) return null;
  if (!dialog || !prepared.relay) return byService(button) ? "service" : "wallet";
  const short = BigInt(prepared.coins) < BigInt(prepared.gas_cost_most);
  dialog.querySelector("[data-meaning]").textContent = prepared.meaning;
  dialog.querySelector("[data-fee]").textContent = `at most ${coins(BigInt(prepared.gas_cost_most))}`;
  dialog.querySelector("[data-short]").hidden = !short;
  own(dialog).disabled = short;
  const choice = dialog.querySelector(`[name='sender'][value='${short ? "service" : "wallet"}']`);
  choice.checked = true;
  dialog.returnValue = "";
  dialog.showModal();
  // what is signed is read first, and the choice comes after it
  dialog.querySelector("[data-meaning]").focus();
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  return dialog.returnValue === "sign" ? chosen(dialog) : null;
}

/**
 * Has a wallet sign a prepared call, and it or the service send it, and hands it in to be followed.
 *
 * @param button - that was pressed.
 * @param wallet - which asks and sends.
 * @param prepared - the call.
 * @param who - "service" or "wallet".
 * @param texts - of contributions, to be kept; null for none.
 * @param part - what is done with the hash of what comes before the last part: `told` once it is known, and then `done`.
 * @returns the transaction's hash.
 */
export async function send(button, wallet, prepared, who, texts, part = null) {
  const more = texts ? { texts } : {};
  let hash;
  if (who === "service") {
    hash = await relayed(button, wallet, prepared, more, part);
    part?.told(hash);
  } else {
    const { to, data, value, gas } = prepared.transaction;
    hash = await wallet("eth_sendTransaction", [{ from: prepared.account, to, data, value, gas }]);
    part?.told(hash);
    await handIn({ hash, ...more });
  }
  await part?.done(hash);
  return hash;
}

/**
 * Asks again about what a button had signed, where it stayed unknown whether that was sent.
 *
 * @returns the last part's transaction hash; null where there is more to sign.
 */
export async function settled(button) {
  const open = unsettled.get(forWhat(button));
  if (!open) return null;
  const hash = await handedIn(button, open, true);
  if (!open.part) return hash;
  open.part.told(hash);
  await open.part.done(hash);
  return null;
}

async function relayed(button, wallet, { account, relay }, more, part) {
  const itself = canItself(button);
  if (!relay) throw new NotSent(`The service does not send this one: coins would have to go along, or it sends nothing for others now.${itself ? " Let your wallet send it." : ""}`);
  let signature;
  try {
    signature = await signTyped(wallet, account, relay.typed_data, "requests to the service");
  } catch (error) {
    // that it permits nothing either is another matter
    throw error instanceof OtherWay ? new NotSent(`${error.message}${itself ? " Let it send the transaction itself." : ""}`) : error;
  }
  const { gas, nonce, deadline } = relay;
  // what was signed, and no other
  const { to, data } = relay.typed_data.message;
  return handedIn(button, { body: { account, to, gas, nonce, deadline, data, signature, ...more }, part }, false);
}

// hands in what was signed, until the service says what becomes of it: the same again is the same submission
async function handedIn(button, open, before) {
  const what = forWhat(button), end = Date.now() + LONGEST;
  for (let unsure = before; ; ) {
    let error;
    try {
      const hash = (await post("/v1/relays", open.body)).items[0].transaction_hash;
      unsettled.delete(what);
      return hash;
    } catch (refused) {
      error = refused;
    }
    const { status, type, after } = error;
    const silent = !status || (status >= 500 && !NOT_STORED.includes(type));
    if (!silent && !unsure) throw new NotSent(refusal(error, canItself(button)));
    if (!silent && status !== 429) {
      // an answer of the service's own: what was signed is not taken, whatever became of it before
      unsettled.delete(what);
      throw new Answered(`${refusal(error, false)} An earlier try may have been sent: see in your account’s history before you sign again.`);
    }
    unsure = true;
    unsettled.set(what, open);
    const wait = Math.max(PAUSE, 1000 * (after || 0));
    if (Date.now() + wait > end)
      throw new Answered("The service does not say whether it sent what you signed: it may have been sent. Do not load the page again, and press again in a moment: that asks about the same, and signs nothing new.");
    await pause(wait);
  }
}

function refusal({ status, type, after, message }, itself) {
  if (status === 502) return `The service cannot pay the network’s fee now.${itself ? " Let your wallet send it and pay the fee, or try again later." : " Try again later."}`;
  if (type !== `${PROBLEM}rate-limited`) return message;
  const ways = [after ? `try again in ${span(after)}` : "", itself ? "let your wallet send it and pay the fee" : ""].filter(Boolean).join(", or ");
  return `The service sends no more for you now: what it pays a day, or takes a minute, is used up.${ways && ` ${ways[0].toUpperCase()}${ways.slice(1)}.`}`;
}

/** A signature of typed data, as contracts take it. */
export async function signTyped(wallet, account, typed, what) {
  let signature;
  try {
    signature = await wallet("eth_signTypedData_v4", [account, JSON.stringify(typed)]);
  } catch (error) {
    if (UNSUPPORTED.includes(error?.code)) throw new OtherWay(`Your wallet does not sign ${what}.`);
    throw error;
  }
  // a contract's account signs in its own way, which the contracts here do not know
  if (!/^0x[0-9a-f]{130}$/i.test(signature)) throw new OtherWay(`Your account does not sign as ${what} need it.`);
  return signature;
}

// two digits, rounded up, and exact: a fee that is said is never less than what it can be
function coins(wei) {
  const unit = 10n ** BigInt(Math.max(0, String(wei).length - 2));
  const digits = String((wei + unit - 1n) / unit * unit).padStart(19, "0");
  return `${digits.slice(0, -18)}.${digits.slice(-18)}`.replace(/\.?0+$/, "") + " ETH";
}

function span(seconds) {
  const [size, unit] = seconds < 100 ? [1, "second"] : seconds < 6000 ? [60, "minute"] : [3600, "hour"];
  const count = Math.ceil(seconds / size);
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

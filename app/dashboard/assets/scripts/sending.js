// Who sends what a wallet signs: the wallet, which then pays the network's fee, or the service, which takes a signature
// (ERC-2771, EIP-712) and pays it.

import { handIn, pause, post } from "./service.js";

/** What wallets answer to what they do not know. */
const UNSUPPORTED = [4200, -32601, -32004];
const TRIES = 20;

/** What a wallet or a token cannot do, where another way does the same. */
export class OtherWay extends Error {}

const chosen = (place) => place?.querySelector("[name='sender']:checked")?.value ?? "wallet";
const own = (place) => place?.querySelector("[name='sender'][value='wallet']");

/** Whether the page says that the service sends what this button has signed. */
export const byService = (button) => chosen(button.closest(".card")) === "service";

/** Has the wallet send instead, where it can. */
export function byWallet(button) {
  const choice = own(button.closest(".card"));
  if (!choice || choice.disabled) return false;
  choice.checked = true;
  return true;
}

/**
 * Who sends a prepared call: as the page says beside the button, or as is answered in the page's dialog, which says what
 * is signed. Null where that was closed.
 */
export async function sender(button, prepared) {
  const dialog = document.querySelector("dialog[data-sending]");
  if (!dialog || !prepared.relay) return byService(button) ? "service" : "wallet";
  const short = BigInt(prepared.coins) < BigInt(prepared.gas_cost_most);
  dialog.querySelector("[data-meaning]").textContent = prepared.meaning;
  dialog.querySelector("[data-fee]").textContent = `at most ${coins(prepared.gas_cost_most)}`;
  dialog.querySelector("[data-short]").hidden = !short;
  own(dialog).disabled = short;
  const choice = dialog.querySelector(`[name='sender'][value='${short ? "service" : "wallet"}']`);
  choice.checked = true;
  dialog.returnValue = "";
  dialog.showModal();
  choice.focus();
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  return dialog.returnValue === "sign" ? chosen(dialog) : null;
}

/**
 * Has a wallet sign a prepared call, and it or the service send it, and hands it in to be followed.
 *
 * @param wallet - which asks and sends.
 * @param prepared - the call.
 * @param who - "service" or "wallet".
 * @param texts - of contributions, to be kept; null for none.
 * @param told - is told the transaction's hash, once there is one.
 * @returns the hash.
 */
export async function send(wallet, prepared, who, texts, told = () => {}) {
  const more = texts ? { texts } : {};
  if (who === "service") {
    const sent = await relayed(wallet, prepared, more);
    told(sent);
    return sent;
  }
  const { to, data, value, gas } = prepared.transaction;
  const hash = await wallet("eth_sendTransaction", [{ from: prepared.account, to, data, value, gas }]);
  told(hash);
  await handIn({ hash, ...more });
  return hash;
}

async function relayed(wallet, { account, relay }, more) {
  if (!relay) throw new Error("The service does not send this one: coins would have to go along, or it sends nothing for others now. Let your wallet send it. Nothing was sent.");
  let signature;
  try {
    signature = await signTyped(wallet, account, relay.typed_data, "requests to the service");
  } catch (error) {
    // that it permits nothing either is another matter
    throw error instanceof OtherWay ? new Error(`${error.message} Let it send the transaction itself. Nothing was sent.`) : error;
  }
  const { gas, nonce, deadline } = relay;
  // what was signed, and no other
  const { to, data } = relay.typed_data.message;
  const body = { account, to, gas, nonce, deadline, data, signature, ...more };
  for (let attempt = 1; ; attempt += 1) {
    try {
      return (await post("/v1/relays", body)).items[0].transaction_hash;
    } catch (error) {
      // the answer was lost: the same again is the same submission
      if (error.status || attempt === TRIES) throw new Error(refusal(error));
      await pause(500);
    }
  }
}

function refusal({ status, after, message }) {
  if (!status) return "The service does not answer. Load the page again before you sign anew: it may have sent what you signed.";
  if (status !== 429) return `${message} Nothing was sent.`;
  return `The service sends no more for you now: what it pays a day, or takes a minute, is used up. ${after ? `Try again in ${span(after)}, or let` : "Let"} your wallet send it and pay the fee. Nothing was sent.`;
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

const coins = (wei) => `${new Intl.NumberFormat("en", { maximumSignificantDigits: 2, roundingMode: "ceil" }).format(Number(wei) / 1e18)} ETH`;

function span(seconds) {
  const [size, unit] = seconds < 100 ? [1, "second"] : seconds < 6000 ? [60, "minute"] : [3600, "hour"];
  const count = Math.ceil(seconds / size);
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

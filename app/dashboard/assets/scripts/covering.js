// A pool of a token has to be let take what a contribution costs: by a signature (EIP-2612), or by an approval.

import { NotSent, OtherWay, byService, byWallet, send, signTyped } from "./sending.js";
import { confirmed, post } from "./service.js";

const PRICE_ROSE = "urn:earnest:problem:contract-price-above-maximum";
/** As many the page takes. */
const MOST_BEFORE = 8;

/** The price is not what was said: the page quotes anew. */
class Changed extends Error {}

/**
 * A contribution that can be paid, after whatever has to be signed for that.
 *
 * @param button - that was pressed; the parts to sign are said in its card.
 * @param wallet - which asks and sends; each call names the account.
 * @param ask - prepares the contribution.
 * @returns what to sign at last; null where the page goes on by itself.
 */
export async function covered(button, wallet, ask) {
  const said = placeOf(button);
  let prepared = await ask();
  if (!prepared.token) {
    // the contract's own refusal says more
    if (prepared.refusal || !rose(prepared, button)) return prepared;
    quoteAgain(button);
    return null;
  }
  try {
    if (missing(prepared)) {
      requireAsSaid(prepared, said);
      await covering(button, wallet, prepared, said);
      prepared = await ask();
    }
    if (missing(prepared) || prepared.refusal?.type === PRICE_ROSE || rose(prepared, button)) throw new Changed();
  } catch (error) {
    if (!(error instanceof Changed)) throw error;
    quoteAgain(button);
    return null;
  }
  if (said) mark(current(said), "contribute", "at", "Your wallet asks now.");
  return prepared;
}

/** Says in the record that a part was not signed, or took no effect. */
export function markBad(button, words) {
  const at = placeOf(button)?.querySelector("[data-way]:not([hidden]) .at");
  if (at) mark(at.parentElement, at.dataset.part, "bad", words);
}

/** Whether something was signed before what failed. */
export const begun = (button) => before(button).length > 0;

const placeOf = (button) => button.closest(".card")?.querySelector("[data-covering]");
const formOf = (button) => button.form ?? button.closest("form");
// the form holds what was signed before, so that it goes along when the page quotes anew
/** Hashes of what was signed before. */
export const before = (button) => [...(formOf(button)?.querySelectorAll("input[name='before']") ?? [])].map((one) => one.value).slice(-MOST_BEFORE);
const missing = (prepared) => taken(prepared) > BigInt(prepared.allowed ?? 0);
const taken = (prepared) => -BigInt(prepared.balance_change);
// credit that is used is paid as well, without a word of the wallet's
const rose = (prepared, { dataset: { most } }) => Boolean(most) && taken(prepared) - BigInt(prepared.credit_change) > BigInt(most);
const current = (said) => said.querySelector("[data-way]:not([hidden])");

// nothing is signed that was not said: neither more, nor where the page said that nothing is missing
function requireAsSaid(prepared, said) {
  if (!said || taken(prepared) > BigInt(said.dataset.needed)) throw new Changed();
}

async function covering(button, wallet, prepared, said) {
  const way = current(said);
  if (way.dataset.way === "approve") return approve(button, wallet, prepared, said);
  try {
    await permit(button, wallet, prepared, said);
  } catch (error) {
    if (!(error instanceof OtherWay)) throw error;
    // an approval is a transaction of the account's own
    if (byService(button) && !byWallet(button)) throw new NotSent(`${error.message} So the service cannot send it for you, and your wallet has too little native coin to send it itself.`);
    way.hidden = true;
    said.querySelector("[data-way='approve']").hidden = false;
    throw new Error(`${error.message} An approval does the same: the page says now what it is. Nothing was sent; sign again for that.`);
  }
}

async function permit(button, wallet, { account }, said) {
  const way = current(said), amount = said.dataset.needed;
  mark(way, "permit", "at", "Your wallet asks now.");
  let asked;
  try {
    asked = await post(path(button, "permit"), { account, amount });
  } catch (error) {
    if (error.status === 422) throw new OtherWay(error.message);
    throw error;
  }
  const signature = await signTyped(wallet, account, asked.typed_data, "permits");
  mark(way, "permit", "done", "Signed.");
  mark(way, "deposit", "at", "Your wallet asks now.");
  const deposit = await post(path(button, "deposit-permitted"), { account, amount, deadline: asked.deadline, signature });
  await follow(button, way, "deposit", wallet, deposit);
}

async function approve(button, wallet, { account, allowed }, said) {
  const way = current(said), amount = said.dataset.needed;
  mark(way, "approve", "at", "Your wallet asks now.");
  let asked = await post(path(button, "approve"), { account, amount });
  if (asked.refusal && allowed !== "0") {
    // some tokens, USDT among them, take an approval in place of none only
    mark(way, "approve", "at", "The token wants the present approval taken back first. Your wallet asks for that now.");
    await follow(button, way, "approve", wallet, await post(path(button, "approve"), { account, amount: "0" }));
    mark(way, "approve", "at", "The present approval is taken back. Your wallet asks for the new one now.");
    asked = await post(path(button, "approve"), { account, amount });
  }
  await follow(button, way, "approve", wallet, asked);
}

async function follow(button, way, part, wallet, prepared) {
  if (prepared.refusal) throw new NotSent(`The contract would refuse this now: ${prepared.refusal.detail}`);
  const who = byService(button) ? "service" : "wallet";
  if (who === "wallet" && BigInt(prepared.coins) < BigInt(prepared.gas_cost_most))
    throw new NotSent("Your wallet has too little native coin for the network’s fee.");
  await send(button, wallet, prepared, who, null, {
    told(hash) {
      formOf(button).append(hidden("before", hash));
      mark(way, part, "at", `Sent as ${hash}. The chain has not confirmed it yet.`);
    },
    async done(hash) {
      await confirmed(hash);
      mark(way, part, "done", `Confirmed, transaction ${hash}.`);
    },
  });
}

const path = (button, verb) => button.dataset.sign.replace(/[^/]+$/, verb);

function mark(way, part, state, words = "") {
  const line = way.querySelector(`[data-part='${part}']`);
  const icon = way.parentElement.querySelector(`[data-mark='${state}']`);
  line.className = state;
  line.querySelector(".m").replaceChildren(...(icon ? [icon.content.cloneNode(true)] : []));
  const said = line.querySelector("[data-said]");
  said.textContent = words;
  said.hidden = !words;
}

function quoteAgain(button) {
  const form = formOf(button), again = form.querySelector("button[value='quote']");
  if (!again)
    throw new Error("What these rows cost changed, and nothing was contributed. Read the file again for what they cost now; what you deposited or approved stays, and is used first.");
  for (const old of [...form.querySelectorAll("input[name='before']")].slice(0, -MOST_BEFORE)) old.remove();
  form.append(hidden("price_before", form.elements.max_price.value));
  form.requestSubmit(again);
}

function hidden(name, value) {
  const input = document.createElement("input");
  return Object.assign(input, { type: "hidden", name, value });
}

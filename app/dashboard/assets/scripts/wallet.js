// A wallet in the browser: found by EIP-6963, spoken to by EIP-1193. It signs; this page never sees a key.

import { before, begun, covered, markBad } from "./covering.js";
import { say } from "./say.js";
import { Answered, NotSent, send, sender, settled } from "./sending.js";
import { post } from "./service.js";

/** Whether something is being signed: what a wallet asks, and what the page says of it, is about one call. */
let signing = false;
addEventListener("pageshow", (event) => {
  // a page that is come back to goes on where it was
  if (event.persisted) signing = false;
});

const found = new Map();
addEventListener("eip6963:announceProvider", (event) => {
  const { info, provider } = event.detail;
  found.set(info.uuid, { name: info.name, provider });
  document.dispatchEvent(new Event("wallets"));
});
dispatchEvent(new Event("eip6963:requestProvider"));

// wallets of before EIP-6963 announce nothing
function all() {
  const known = [...found.values()];
  if (!known.length && window.ethereum) known.push({ name: "Browser wallet", provider: window.ethereum });
  return known;
}

export function wallets(root) {
  root.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-sign]");
    if (button && button.getAttribute("aria-busy") !== "true") sign(button);
  });
  const place = root.querySelector("[data-wallets]");
  if (place) {
    const show = () => offer(place);
    document.addEventListener("wallets", show);
    show();
  }
}

function offer(place) {
  const known = all();
  if (!known.length) return;
  place.replaceChildren(...known.map(({ name, provider }) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn";
    button.textContent = `Connect ${name}`;
    button.addEventListener("click", () => connect(provider));
    return button;
  }));
}

async function connect(provider) {
  try {
    const [address] = await provider.request({ method: "eth_requestAccounts" });
    const form = document.querySelector("[data-wallet-form]");
    form.elements.wallet.value = checksummedByServer(address);
    form.submit();
  } catch (error) {
    say(refused(error) ? "Refused in the wallet. Nothing was sent." : `The wallet says: ${error.message}`);
  }
}

// wallets answer in lower case; the service writes it with its checksum
const checksummedByServer = (address) => address.toLowerCase();

export const refused = (error) => error?.code === 4001;

/** The wallet that holds an address; null where none in this browser does. */
export async function walletOf(address) {
  for (const { provider } of all()) {
    const accounts = await provider.request({ method: "eth_accounts" });
    if (accounts.some((one) => one.toLowerCase() === address.toLowerCase())) return provider;
  }
  return null;
}

/** Puts a wallet on the service's chain; asks it to switch where it is on another. */
export async function onChain(provider, chain) {
  const wanted = `0x${Number(chain).toString(16)}`;
  if ((await provider.request({ method: "eth_chainId" })).toLowerCase() === wanted) return;
  await provider.request({ method: "wallet_switchEthereumChain", params: [{ chainId: wanted }] });
}

/** Has a wallet sign and send what the service prepares, and hands the transaction in to be followed. */
async function sign(button) {
  const form = button.form ?? button.closest("form");
  if (signing) return say("Something else is being signed now: finish or refuse that first.", 6000);
  if (form && !form.reportValidity()) return;
  signing = true;
  button.setAttribute("aria-busy", "true");
  try {
    const provider = await walletOf(button.dataset.account);
    if (!provider) throw new Error("No wallet in this browser holds this account. Unlock it, or connect it again.");
    const wallet = async (method, params) => {
      // before each part, since a wallet can be put on another network in between
      await onChain(provider, document.body.dataset.chain);
      return provider.request({ method, params });
    };
    await onChain(provider, document.body.dataset.chain);
    if (!await signed(button, wallet)) done(button);
  } catch (error) {
    done(button);
    const words = wordsOf(error, begun(button));
    markBad(button, words);
    say(words);
  }
}

// whether it came to its end, so that another page goes on
async function signed(button, wallet) {
  const go = (hash) => {
    location.assign(button.dataset.next + hash + before(button).map((one) => `&before=${one}`).join(""));
    return true;
  };
  const known = await settled(button);
  if (known) return go(known);
  const { prepare, texts } = JSON.parse(button.dataset.request);
  const prepared = await covered(button, wallet, () => post(button.dataset.sign, prepare));
  // the page is asked for anew
  if (!prepared) return true;
  if (prepared.refusal) throw new Error(`The contract would refuse this now: ${prepared.refusal.detail} Nothing was ${begun(button) ? "contributed" : "sent"}.`);
  const who = await sender(button, prepared);
  return who ? go(await send(button, wallet, prepared, who, texts)) : false;
}

function done(button) {
  signing = false;
  button.removeAttribute("aria-busy");
}

function wordsOf(error, part) {
  const rest = "What came before it stays. Sign again to go on from here.";
  if (error instanceof NotSent) return `${error.message} ${part ? `This part was not sent. ${rest}` : "Nothing was sent."}`;
  // the service speaks of what it has itself
  if (error instanceof Answered) return error.message;
  if (refused(error) && part) return `Refused in the wallet: this part was not sent. ${rest}`;
  if (refused(error)) return "Refused in the wallet. Nothing was sent, nothing was paid. What you filled in is still here.";
  if (error?.code === 4902) return `Your wallet does not know the network ${document.body.dataset.chainName}. Add it there, then sign again.`;
  if (/insufficient funds/i.test(error?.message)) return "Your wallet has too little native coin for the network’s fee. This part was not sent.";
  return error?.message ?? String(error);
}

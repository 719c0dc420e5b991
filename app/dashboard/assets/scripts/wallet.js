// A wallet in the browser: found by EIP-6963, spoken to by EIP-1193. It signs; this page never sees a key.

import { begun, covered, markBad } from "./covering.js";
import { say } from "./say.js";
import { send, sender } from "./sending.js";
import { post } from "./service.js";

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
  if (form && !form.reportValidity()) return;
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
    const { prepare, texts } = JSON.parse(button.dataset.request);
    const ready = await covered(button, wallet, () => post(button.dataset.sign, prepare));
    if (!ready) return;
    const { prepared, before } = ready;
    if (prepared.refusal) throw new Error(`The contract would refuse this now: ${prepared.refusal.detail} Nothing was ${before.length ? "contributed" : "sent"}.`);
    const who = await sender(button, prepared);
    if (!who) return button.removeAttribute("aria-busy");
    const hash = await send(wallet, prepared, who, texts);
    location.assign(button.dataset.next + hash + before.map((one) => `&before=${one}`).join(""));
  } catch (error) {
    button.removeAttribute("aria-busy");
    const words = wordsOf(error, begun(button));
    markBad(button, words);
    say(words);
  }
}

function wordsOf(error, part) {
  if (refused(error) && part) return "Refused in the wallet: this part was not sent. What came before it stays. Sign again to go on from here.";
  if (refused(error)) return "Refused in the wallet. Nothing was sent, nothing was paid. What you filled in is still here.";
  if (error?.code === 4902) return `Your wallet does not know the network ${document.body.dataset.chainName}. Add it there, then sign again.`;
  if (/insufficient funds/i.test(error?.message)) return "Your wallet has too little native coin for the network’s fee. This part was not sent.";
  return error?.message ?? String(error);
}

// A wallet in the browser: found by EIP-6963, spoken to by EIP-1193. It signs; this page never sees a key.

import { say } from "./say.js";

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
    await onChain(provider, document.body.dataset.chain);
    const { prepare, texts } = JSON.parse(button.dataset.request);
    const prepared = await post(button.dataset.sign, prepare);
    if (prepared.refusal) throw new Error(`The contract would refuse this now: ${prepared.refusal.detail} Nothing was sent.`);
    const { to, data, value, gas } = prepared.transaction;
    const hash = await provider.request({ method: "eth_sendTransaction", params: [{ from: prepared.account, to, data, value, gas }] });
    await handIn({ hash, ...(texts ? { texts } : {}) });
    location.assign(button.dataset.next + hash);
  } catch (error) {
    button.removeAttribute("aria-busy");
    if (refused(error)) say("Refused in the wallet. Nothing was sent, nothing was paid. What you filled in is still here.");
    else if (error?.code === 4902) say(`Your wallet does not know the network ${document.body.dataset.chainName}. Add it there, then sign again.`);
    else say(error?.message ?? String(error));
  }
}

// a node that the wallet uses may be ahead of the service's
async function handIn(transaction) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await post("/v1/transactions", transaction);
    } catch (error) {
      if (error.status !== 404 || attempt === 20) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

async function post(path, body) {
  const answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  const said = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(said.detail), { status: answer.status });
  return said;
}

// What pages ask the service's API for.

export async function post(path, body) {
  const answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  if (answer.ok) return answer.json();
  // whatever stands between may refuse in words of its own
  const { type, detail } = await answer.json().catch(() => ({}));
  const words = detail ?? `The service does not answer as it should (${answer.status}). Try again in a moment.`;
  throw Object.assign(new Error(words), { status: answer.status, type, after: Number(answer.headers.get("Retry-After")) });
}

export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Hands a transaction in to be followed; a node that the wallet uses may be ahead of the service's. */
export async function handIn(transaction) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await post("/v1/transactions", transaction);
    } catch (error) {
      if (error.status !== 404 || attempt === 20) throw error;
      await pause(500);
    }
  }
}

/** Waits until the chain has decided a transaction that was handed in; fails with the reason where it took no effect. */
export async function confirmed(hash) {
  for (let silent = 0; silent < 20; ) {
    let shown = null;
    try {
      const answer = await fetch(`/v1/transactions/${hash}/submission`, { headers: { Prefer: "wait=10" } });
      shown = answer.ok ? await answer.json() : null;
    } catch {
      // the service starts anew, or the connection was lost: what was sent goes on
    }
    silent = shown ? 0 : silent + 1;
    if (shown?.status === "confirmed") return;
    if (shown && !["prepared", "sent"].includes(shown.status))
      throw new Error(shown.items.find((item) => item.error)?.error.detail ?? "The chain did not take the transaction; it changed nothing.");
    await pause(500);
  }
  throw new Error("The service does not answer, and what was sent goes on without it. Load the page again later: it says what became of it.");
}

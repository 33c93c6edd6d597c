// Sends the login form, says clearly what went wrong, and goes on to where the visitor wanted to be.
(function () {
  "use strict";
  const form = document.getElementById("login");
  const wrong = document.getElementById("wrong");
  const theme = localStorage.getItem("lineshaft.theme");
  if (theme) document.documentElement.dataset.theme = theme;

  const cookie = (language) =>
    (document.cookie = `lineshaft_language=${language}; path=/; max-age=31536000; samesite=lax`);

  // Only a path on this host: "//elsewhere" and "https:…" would lead away.
  function next() {
    const wanted = new URLSearchParams(location.search).get("next") || "/";
    return /^\/(?![/\\])/.test(wanted) ? wanted : "/";
  }

  function say(words) {
    wrong.textContent = words;
    wrong.hidden = false;
  }

  async function send() {
    const fields = new FormData(form);
    const body = JSON.stringify({ login: fields.get("login").trim(), password: fields.get("password") });
    let answer;
    try {
      answer = await fetch("/api/v1/login", { method: "POST", headers: { "content-type": "application/json" }, body });
    } catch {
      return say(form.dataset.unreachable);
    }
    if (!answer.ok) {
      const texts = { 401: form.dataset.refused, 422: form.dataset.refused, 429: form.dataset.slow };
      return say(texts[answer.status] ?? form.dataset.failed);
    }
    const me = await fetch("/api/v1/me").then((said) => (said.ok ? said.json() : {}), () => ({}));
    if (!/lineshaft_language=/.test(document.cookie) && ["en", "zh-CN"].includes(me.language)) cookie(me.language);
    location.assign(next());
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("[type=submit]");
    button.disabled = true;
    wrong.hidden = true;
    await send();
    button.disabled = false;
  });
  document.getElementById("language").addEventListener("click", (event) => {
    cookie(event.target.dataset.language);
    location.reload();
  });
})();

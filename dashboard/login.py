"""`/login`: a small page of its own, without Dash: there at once, and it loads nothing protected."""

from html import escape
from string import Template

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse

from dashboard.i18n import Words, choose

PAGE = Template("""<!DOCTYPE html>
<html lang="$language">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>$title · Lineshaft</title>
    <link rel="icon" href="/assets/favicon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="/assets/login.css">
    <script src="/assets/login.js" defer></script>
  </head>
  <body>
    <main>
      <h1>Lineshaft</h1>
      <p class="quiet">$about</p>
      <form id="login" data-refused="$refused" data-slow="$slow" data-unreachable="$unreachable"
            data-failed="$failed">
        <label for="name">$name</label>
        <input id="name" name="login" autocomplete="username" autocapitalize="none" spellcheck="false"
               required autofocus>
        <label for="password">$password</label>
        <input id="password" name="password" type="password" autocomplete="current-password" required>
        <p id="wrong" class="wrong" role="alert" hidden></p>
        <button type="submit">$go</button>
      </form>
      <p class="foot"><button type="button" id="language" data-language="$other">$other_name</button></p>
    </main>
  </body>
</html>
""")


def page(language: str) -> str:
    """The page's HTML in a language."""
    words = Words(language)
    keys = ("about", "name", "password", "go", "refused", "slow", "failed")
    return PAGE.substitute(
        {key: escape(words(f"login.{key}")) for key in keys},
        language=language,
        title=escape(words("login.title")),
        unreachable=escape(words("error.unreachable")),
        other="en" if language.startswith("zh") else "zh-CN",
        other_name=escape(words("language.other")),
    )


def add(server: FastAPI) -> None:
    """Add the route; `login.js` sends the form to the API and goes on to where the visitor wanted to be."""

    @server.get("/login", include_in_schema=False)
    async def login(request: Request) -> HTMLResponse:
        return HTMLResponse(
            page(choose(request.cookies, request.headers.get("accept-language", ""))),
            headers={"cache-control": "no-store"},
        )

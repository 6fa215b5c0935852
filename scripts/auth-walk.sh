#!/usr/bin/env bash
# Walks through a whole sign-in against a running server, as a browser does it, and says at each step what is wrong,
# why, and what to do: CSRF token, sign-in, profile, refresh, WebSocket ticket, upgrade, sign-out. Needs bash and curl.
#
#   BASE_URL=https://ai.example.org EMAIL=you@example.org scripts/auth-walk.sh < password-file
#   BASE_URL=… EMAIL=… PASSWORD_FILE=/run/secrets/password scripts/auth-walk.sh
#
# The exit status names the failure:
#    0 everything works            2 wrong use
#   10 name not found             11 connection refused      12 no answer in time     13 TLS
#   14 other connection failure   15 another program answers 16 server error (5xx)
#   20 no CSRF cookie comes back  21 cookies need https      22 cookies do not arrive 23 wrong origin  24 CSRF, other
#   30 wrong e-mail or password   31 throttled               32 second factor due     33 account not active
#   34 sign-in is restricted      35 sign-in refused, other
#   40 sign-in not accepted afterwards                       41 refresh failed
#   50 no WebSocket ticket        51 WebSocket upgrade       60 sign-out failed
set -euo pipefail

usage() {
  sed -n '2,17p' "$0" | sed 's/^# \{0,1\}//'
}

say() { printf '%s\n' "$*"; }
step() { printf '\n%s\n' "$*"; }
good() { printf '  ok      %s\n' "$*"; }
note() { printf '  note    %s\n' "$*"; }

# fail <exit status> <what happened> <cause> <fix>
fail() {
  printf '  FAILED  %s\n  cause   %s\n  fix     %s\n' "$2" "$3" "$4" >&2
  exit "$1"
}

case "${1:-}" in
  -h | --help) usage; exit 0 ;;
  '') ;;
  *) usage >&2; exit 2 ;;
esac
if [ -z "${BASE_URL:-}" ] || [ -z "${EMAIL:-}" ]; then
  usage >&2
  exit 2
fi
command -v curl >/dev/null || fail 2 'There is no curl.' 'This script asks the server by curl.' 'Install curl.'

BASE_URL=${BASE_URL%/}
[[ $BASE_URL =~ ^https?://[^/]+$ ]] ||
  fail 2 "BASE_URL is $BASE_URL." 'It must be an origin, without a path.' 'Set BASE_URL=https://ai.example.org'
api=$BASE_URL/api/v1
timeout_seconds=${TIMEOUT_SECONDS:-15}

# Nobody else may read what is kept here, and nothing secret is an argument, which other users of the machine could see.
umask 077
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
jar=$work/cookies
: >"$jar"

read_password() {
  if [ -n "${PASSWORD_FILE:-}" ]; then
    IFS= read -r password <"$PASSWORD_FILE" || [ -n "$password" ]
  else
    [ -t 0 ] && printf 'Password: ' >&2
    if [ -t 0 ]; then IFS= read -rs password; else IFS= read -r password || [ -n "$password" ]; fi
  fi
  password=${password%$'\r'}
}
password=''
read_password && [ -n "$password" ] ||
  fail 2 'There is no password.' 'It is read from PASSWORD_FILE or from standard input.' 'Give one line.'

json_text() {
  local text=$1
  text=${text//\\/\\\\}
  text=${text//\"/\\\"}
  text=${text//$'\t'/\\t}
  printf '"%s"' "$text"
}

# The first value of a text field in the answer's JSON.
field() {
  tr -d '\n' <"$work/body" | sed -n "s/.*\"$1\" *: *\"\([^\"]*\)\".*/\1/p"
}
has_field() { grep -q "\"$1\" *:" "$work/body"; }
header() {
  tr -d '\r' <"$work/headers" | awk -v name="$1:" 'tolower($1) == name { sub(/^[^:]*: */, ""); found = $0 } END { print found }'
}
cookie_comes() { tr -d '\r' <"$work/headers" | grep -qiE "^set-cookie: *(__Host-|__Secure-)?$1=[^;]"; }
cookie_is_kept() { grep -qE "[[:space:]](__Host-|__Secure-)?$1[[:space:]]" "$jar"; }

# call <method> <url>: the body is standard input. Sets `status`; ends the walk when nothing usable answers.
csrf=''
status=''
call() {
  local method=$1 url=$2 code=0
  {
    printf 'Accept: application/json\n'
    printf 'User-Agent: auth-walk (curl)\n'
    if [ "$method" != GET ]; then
      printf 'Content-Type: application/json\nOrigin: %s\n' "$BASE_URL"
      [ -z "$csrf" ] || printf 'X-CSRF-TOKEN: %s\n' "$csrf"
    fi
  } >"$work/request-headers"
  local body=()
  [ "$method" = GET ] || body=(--data-binary @-)
  status=$(curl --silent --show-error --max-time "$timeout_seconds" --request "$method" \
    --header "@$work/request-headers" --cookie "$jar" --cookie-jar "$jar" --dump-header "$work/headers" \
    --output "$work/body" --write-out '%{http_code}' ${body[@]+"${body[@]}"} "$url" 2>"$work/error") || code=$?
  [ -f "$work/body" ] || : >"$work/body"
  [ "$code" = 0 ] || explain_connection "$code"
  case $status in 5??) explain_server_error ;; esac
}

explain_connection() {
  local said
  said=$(tail -n 1 "$work/error")
  case $1 in
    6) fail 10 "The name in $BASE_URL is not known." "$said" 'Check BASE_URL and the DNS record of that name.' ;;
    7) fail 11 "Nothing accepts connections at $BASE_URL." "$said" \
      'Start the server (npm start), or check HOST, PORT, the proxy and the firewall.' ;;
    28) fail 12 "No answer from $BASE_URL within $timeout_seconds seconds." "$said" \
      'Check the firewall and the proxy; then npx aiwfe doctor beside the server.' ;;
    35 | 51 | 53 | 54 | 58 | 59 | 60 | 64 | 66 | 77 | 80 | 82 | 83 | 90 | 91)
      fail 13 "No secure connection to $BASE_URL." "$said" \
        'The certificate must be valid for this name and its chain complete; CURL_CA_BUNDLE=<file> trusts a CA of your own. An http address must begin with http://.' ;;
    *) fail 14 "The connection to $BASE_URL failed (curl $1)." "$said" 'See curl --verbose with the same address.' ;;
  esac
}

explain_server_error() {
  local code
  code=$(field code)
  case "$status $code" in
    '503 database_unavailable') fail 16 'The server runs, its database does not answer.' "code $code" \
      'Check DATABASE_URL and that PostgreSQL runs: npx aiwfe doctor.' ;;
    '503 schema_out_of_date') fail 16 'The database does not match this version of the program.' "code $code" \
      'Run npm run db:migrate.' ;;
    *' ') fail 16 "Status $status, and not from this product." \
      'A proxy in front answers itself: it cannot reach the server behind it, or that one is too slow.' \
      'Check the address and port that the proxy forwards to, then the log of the proxy.' ;;
    *) fail 16 "The server answered $status ($code)." "$(field detail)" \
      "Look for request $(header x-request-id) in the server's log." ;;
  esac
}

explain_csrf() {
  local code
  code=$(field code)
  case $code in
    csrf_bad_origin) fail 23 'The server takes this for a request from another site.' \
      "It was reached as $BASE_URL, but PUBLIC_URL is another address, or a proxy changes the Host header." \
      "Set PUBLIC_URL=$BASE_URL where the server runs (or use the address that it has), and let the proxy pass Host on." ;;
    csrf_missing_cookie) fail 22 'The server did not get the cookie that it had set.' \
      'A proxy in between removes the Cookie header of requests, or changes names or paths of cookies.' \
      'Let the proxy pass Cookie and Set-Cookie on unchanged.' ;;
    csrf_*) fail 24 "The CSRF token was refused ($code)." "$(field detail)" \
      'Do requests reach several servers? All of them need the same SECRET_KEY and the same clock.' ;;
  esac
}

unexpected() { # <exit status> <what was tried>
  fail "$1" "$2: status $status $(field code)" "$(field detail)" \
    "Look for request $(header x-request-id) in the server's log."
}

check_secure_cookies() {
  case $BASE_URL in https://*) return 0 ;; esac
  tr -d '\r' <"$work/headers" | grep -qiE '^set-cookie: *(__Host-|__Secure-)|^set-cookie:.*; *secure' || return 0
  fail 21 'The server sets cookies for https only, but it was reached by http.' \
    'PUBLIC_URL is https (or ENVIRONMENT is production), so no browser sends these cookies over http.' \
    'Use the https address, or for a local trial unset PUBLIC_URL, DOMAIN and ENVIRONMENT.'
}

step "1  Is the server there?  GET $BASE_URL/api/health/live"
call GET "$BASE_URL/api/health/live"
[ "$status" = 200 ] && [ "$(field status)" = alive ] ||
  fail 15 "Something answers (status $status), but not this product." \
    'Another program has this port, or a proxy forwards elsewhere or redirects.' \
    "Check BASE_URL and where the proxy forwards /api/ to. $(header location)"
good 'It answers.'

step '2  A CSRF token and its cookie  GET /api/v1/auth/csrf-token'
call GET "$api/auth/csrf-token"
[ "$status" = 200 ] || unexpected 24 'No CSRF token'
csrf=$(field csrf_token)
check_secure_cookies
cookie_comes csrf_token && cookie_is_kept csrf_token ||
  fail 20 'The answer has a CSRF token, but its cookie did not come along.' \
    'A proxy in between removes the Set-Cookie header of answers, or COOKIE_DOMAIN does not cover this host.' \
    'Let the proxy pass Set-Cookie on unchanged; unset COOKIE_DOMAIN unless hosts share a sign-in.'
good 'Token and cookie are here. Sign-in needs both, so that no other site can sign people in.'

step '3  Sign in by password  POST /api/v1/auth/jwt/login'
call POST "$api/auth/jwt/login" <<<"{\"email\":$(json_text "$EMAIL"),\"password\":$(json_text "$password")}"
password=''
if [ "$status" != 200 ]; then
  explain_csrf
  case $(field code) in
    auth.invalid_credentials) fail 30 'E-mail address or password is wrong.' 'The server says no more, on purpose.' \
      'Check both; npx aiwfe create-user makes another account.' ;;
    auth.throttled) fail 31 'Too many attempts: the server is slowing them down.' \
      "This account or this address failed too often. Retry after $(header retry-after) seconds." \
      'Wait that long. Behind a proxy set TRUSTED_PROXIES, or all people count as one address.' ;;
    auth.account_pending | auth.account_blocked | auth.email_not_verified) fail 33 'The account may not sign in.' \
      "$(field detail)" 'Ask an administrator, or verify the address.' ;;
    *) unexpected 35 'Sign-in was refused' ;;
  esac
fi
if has_field two_factor; then
  fail 32 'The password is right; a second factor is due.' \
    'This account has one, or the sign-in looked unusual.' \
    'That is as it should be. Walk with an account without second factor, or sign in with a browser.'
fi
if ! cookie_comes access_token || ! cookie_is_kept access_token; then
  check_secure_cookies
  fail 20 'Signed in, but the cookie of the sign-in did not come along.' \
    'A proxy in between removes some Set-Cookie headers, or limits the size of headers.' \
    'Let the proxy pass all Set-Cookie headers on; allow 16 KB of headers.'
fi
csrf=$(field csrf_token)
case $(field restriction) in
  change_password) fail 34 'Signed in, but only to choose a new password.' 'An administrator or an alert demands it.' \
    'Sign in with a browser and change the password.' ;;
  enrol_second_factor) fail 34 'Signed in, but only to set up a second factor.' 'The policy demands one.' \
    'Sign in with a browser and set it up.' ;;
esac
good 'Signed in; the tokens are in HttpOnly cookies.'

step '4  Use the sign-in  GET /api/v1/profile'
call GET "$api/profile"
[ "$status" = 200 ] ||
  fail 40 "The sign-in is not accepted: status $status $(field code)" \
    'The access cookie did not arrive, or another server answered that has another SECRET_KEY or database.' \
    'Let the proxy pass Cookie on; all servers need the same SECRET_KEY and the same database.'
good 'The profile is readable.'

step '5  Renew the sign-in  POST /api/v1/auth/refresh'
call POST "$api/auth/refresh" <<<'{}'
if [ "$status" != 200 ]; then
  explain_csrf
  fail 41 "The sign-in could not be renewed: status $status $(field code)" "$(field detail)" \
    'The refresh cookie must reach /api/v1/auth; a proxy must not change cookie paths.'
fi
csrf=$(field csrf_token)
good 'Renewed: the used refresh token is dead, its successor is here.'

step '6  A ticket for WebSockets  POST /api/v1/auth/ws-ticket'
call POST "$api/auth/ws-ticket" <<<'{}'
case $status in
  200 | 201)
    good 'A ticket for one connection within 30 seconds.'
    step '7  Upgrade to WebSocket  GET /api/v1/ws/notifications'
    ticket=$(field ticket)
    # 101 keeps the connection open, so curl does not end by itself: it is stopped once the status line is there.
    : >"$work/upgrade"
    printf 'url = "%s/ws/notifications?token=%s"\n' "$api" "$ticket" |
      curl --silent --http1.1 --max-time "$timeout_seconds" --config - --include --suppress-connect-headers \
        --no-buffer --output "$work/upgrade" \
        --header "Origin: $BASE_URL" --header 'Connection: Upgrade' --header 'Upgrade: websocket' \
        --header 'Sec-WebSocket-Version: 13' --header 'Sec-WebSocket-Key: YXV0aC13YWxrLmtleS4xNg==' &
    asking=$!
    while [ ! -s "$work/upgrade" ] && kill -0 "$asking" 2>/dev/null; do sleep 0.1; done
    kill "$asking" 2>/dev/null || true
    wait "$asking" 2>/dev/null || true
    upgrade=$(sed -n '1s/^HTTP[^ ]* \([0-9]*\).*/\1/p' "$work/upgrade")
    [ "$upgrade" = 101 ] ||
      fail 51 "The connection was not upgraded (status ${upgrade:-000})." \
        'A proxy in between does not pass Upgrade and Connection on, or answers the address itself.' \
        'Turn WebSockets on for /api/v1/ws/ in the proxy (nginx: proxy_http_version 1.1 and the Upgrade headers).'
    good 'WebSockets get through.'
    ;;
  404)
    note 'This server has no WebSocket tickets (404): steps 6 and 7 are left out. Live updates use the event stream.'
    ;;
  *)
    explain_csrf
    unexpected 50 'No WebSocket ticket'
    ;;
esac

step '8  Sign out  POST /api/v1/auth/logout'
call POST "$api/auth/logout" <<<'{}'
[ "$status" = 200 ] || { explain_csrf; unexpected 60 'Signing out failed'; }
call GET "$api/profile"
[ "$status" = 401 ] ||
  fail 60 "Signed out, but the profile still answers $status." 'A proxy in between keeps answers of this person.' \
    'Turn caching off for /api/ in the proxy: the answers say Cache-Control: no-store.'
good 'Signed out, and the sign-in is refused from now on.'

step 'Everything works.'

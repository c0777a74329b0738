#!/usr/bin/env bash
# profanity in tmux against a running demo: signs in over STARTTLS, enters its room, talks with a member in slixmpp, and
# after a new start sees in the archive what was said, and in its room what it missed. Use: profanity.sh READY_FILE. Prints `N passed, N failed`.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ready=$1
python=${KONVENT_PYTHON:-python3}
work=$(mktemp -d)
screen=(tmux -S "$work/tmux" -f /dev/null)
passed=0 failed=0

# The demo's facts as shell variables: two members of one lowest unit, of which the second uses profanity.
eval "$("$python" - "$ready" "$here" <<'PYTHON'
import shlex, sys
sys.path.insert(0, sys.argv[2])
sys.dont_write_bytecode = True
from member import Demo
demo = Demo(sys.argv[1])
peer, own = demo.pair()
host, port = demo.xmpp.rsplit(":", 1)
facts = {"peer": peer["jid"], "jid": own["jid"], "password": own["password"], "host": host, "port": port}
print("\n".join(f"{name}={shlex.quote(value)}" for name, value in facts.items()))
PYTHON
)"

# The peer answers and prints what it hears; it ends when its input is closed.
mkfifo "$work/orders"
PYTHONDONTWRITEBYTECODE=1 "$python" "$here/answering_member.py" "$ready" "$peer" <"$work/orders" >"$work/heard" &
peer_process=$!
exec 3>"$work/orders"

clean_up() {
  exec 3>&- || true
  "${screen[@]}" kill-server 2>/dev/null || true
  wait "$peer_process" 2>/dev/null || true
  rm -rf "$work"
}
trap clean_up EXIT

# profanity with a home of its own: quiet, no notifications, archive on.
mkdir -p "$work/own/.config/profanity"
cat >"$work/own/.config/profanity/profrc" <<'CONFIG'
[connection]
autoping=0
[ui]
splash=false
CONFIG

start_profanity() {
  "${screen[@]}" new-session -d -x 160 -y 50 \
    env -i HOME="$work/own" PATH="$PATH" TERM=screen-256color LANG=C.UTF-8 profanity --log ERROR
  shows 'Type .*/help'
}

type_line() {
  "${screen[@]}" send-keys -l "$1"
  "${screen[@]}" send-keys Enter
}

on_screen() {
  "${screen[@]}" capture-pane -p -S -200 2>/dev/null | grep -qE -- "$1"
}

# Waits up to 20 s until the screen (or its history) shows a pattern.
shows() {
  for _ in $(seq 200); do
    if on_screen "$1"; then return 0; fi
    sleep 0.1
  done
  echo "the screen does not show /$1/ but:"
  "${screen[@]}" capture-pane -p | sed 's/^/    /' | grep -v '^ *$' || true
  return 1
}

# Types a line again every second until the screen shows a pattern: what profanity does by itself may be under way, and then
# it passes over what is typed.
type_until_shows() {
  for _ in $(seq 20); do
    type_line "$1"
    for _ in $(seq 10); do
      if on_screen "$2"; then return 0; fi
      sleep 0.1
    done
  done
  shows "$2"
}

# Waits up to 20 s until the peer has printed a pattern.
peer_printed() {
  for _ in $(seq 200); do
    if grep -qE -- "$1" "$work/heard"; then return 0; fi
    sleep 0.1
  done
  echo "the peer has not printed /$1/ but:"
  sed 's/^/    /' "$work/heard"
  return 1
}

scene() {
  local name=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
    echo "ok      profanity: $name"
  else
    failed=$((failed + 1))
    echo "FAILED  profanity: $name"
  fi
}

sign_in() {
  type_line "/connect $jid server $host port $port tls trust" &&
    shows 'password' &&
    type_line "$password" &&
    shows "$jid.* logged in successfully|logged in successfully"
}

enter_the_room() {
  peer_printed '^room ' &&
    room=$(sed -n 's/^room //p' "$work/heard" | head -n 1) &&
    type_until_shows "/join $room" 'You have joined the room as .*role: participant'
}

talk_in_the_room() {
  local word=raum$RANDOM$RANDOM
  type_line "Frage $word" && peer_printed "heard $room/.*Frage $word" && shows "Antwort $word"
}

talk_in_private() {
  private_word=privat$RANDOM$RANDOM
  # The title says when the window has changed: before, the words would go into the room.
  type_line '/win 1' && type_line "/msg $peer" && shows '\[unencrypted\]' && type_line "Frage $private_word" &&
    peer_printed "heard $jid/.*Frage $private_word" && shows "Antwort $private_word"
}

start_again_and_see_the_history() {
  type_line /quit
  for _ in $(seq 100); do "${screen[@]}" has-session 2>/dev/null || break; sleep 0.1; done
  rm -rf "$work/own/.local/share/profanity" # no log of its own: what it shows comes from the server
  missed=inzwischen$RANDOM$RANDOM
  echo "say $missed" >&3
  peer_printed "heard $room/.*$missed" || return 1
  start_profanity
  # It asks for history only once it knows that the server has an archive.
  type_line '/mam on' && sign_in && type_line '/disco info' && shows 'urn:xmpp:mam:2' &&
    type_line "/msg $peer" && shows "Antwort $private_word"
}

see_in_the_room_what_was_missed() {
  type_until_shows "/join $room" 'You have joined the room as .*role: participant' && shows "$missed"
}

start_profanity
scene 'signs in over STARTTLS with an app password' sign_in
scene 'enters its room' enter_the_room
scene 'asks in the room and is answered' talk_in_the_room
scene 'asks in private and is answered' talk_in_private
scene 'sees the history after a new start' start_again_and_see_the_history
scene 'sees in its room what was said while it was closed' see_in_the_room_what_was_missed

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

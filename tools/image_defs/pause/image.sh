# shellcheck shell=bash
# One static program and nothing else.

image_inputs() { clang-19 --version && sha256sum "$(clang-19 -print-file-name=libc.a)"; }

image_layers() {
  mkdir "$2/10-pause"
  step "compiling" clang-19 -static -Os -s -Wall -Wextra -Werror -Wl,--build-id=none \
    -o "$2/10-pause/pause" "$1/pause.c"
  chmod 755 "$2/10-pause/pause"
}

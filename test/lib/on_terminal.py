#!/usr/bin/env python3
"""on_terminal.py ROWSxCOLUMNS[,ROWSxCOLUMNS] COMMAND..: runs it on a terminal of that size.

The terminal takes the second size once the command has shown something. Prints what the terminal
shows and exits with the command's code.
"""

import fcntl
import os
import pty
import signal
import struct
import sys
import termios


def resize(terminal, size):
    rows, columns = map(int, size.split("x"))
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def shown(terminal):
    try:
        return os.read(terminal, 4096)
    except OSError:  # How a terminal ends.
        return b""


def main():
    if len(sys.argv) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    sizes = sys.argv[1].split(",")
    ready, go = os.pipe()
    child, terminal = pty.fork()
    if child == 0:
        os.read(ready, 1)
        os.execvp(sys.argv[2], sys.argv[2:])
    resize(terminal, sizes.pop(0))
    os.write(go, b"x")
    while text := shown(terminal):
        sys.stdout.buffer.write(text.replace(b"\r\n", b"\n"))
        if sizes:
            resize(terminal, sizes.pop(0))
            os.kill(child, signal.SIGWINCH)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


sys.exit(main())

"""lines.py - meters whose lines can be cut at any moment, and what a process
takes of the system.

A Line is one meter: a pseudo-terminal behind a link, as an adapter is behind
its by-id name. It speaks once a second whether anybody listens or not. No two
telegrams agree in a register, and each register of a telegram is a fixed
distance from the first, so that a published row tells which telegram it is,
or that it is none.
"""
import contextlib
import fcntl
import os
import select
import socket
import sys
import termios
import time
import traceback
import tty

import rig as r

TIOCVHANGUP = 0x5437  # asm-generic/ioctls.h; Python has no name for it
PACE_S = 1.0

# csv's reading and its distance from the first one, in Wh.
REGISTERS = (("energy_wh-import-T1", 0), ("energy_wh-import-T2", 20000000),
             ("energy_wh-export-T1", 40000000),
             ("energy_wh-export-T2", 60000000))
FIRST_WH = 1000000


def crc16(data):
    """CRC-16/ARC."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc


def telegram(register):
    """A DSMR 5 telegram whose first register holds so many Wh."""
    codes = ("1-0:1.8.1", "1-0:1.8.2", "1-0:2.8.1", "1-0:2.8.2")
    rows = [f"{code}({(register + far) / 1000:010.3f}*kWh)"
            for code, (_, far) in zip(codes, REGISTERS)]
    stamp = time.strftime("%y%m%d%H%M%S", time.gmtime(time.time() + 3600))
    body = "\r\n".join(
        ["/TST5\\LINE", "", "1-3:0.2.8(50)", f"0-0:1.0.0({stamp}W)", *rows,
         "1-0:1.7.0(00.420*kW)", "1-0:2.7.0(00.000*kW)",
         "1-0:32.7.0(230.1*V)", "1-0:31.7.0(002*A)", "!"]).encode()
    return body + b"%04X\r\n" % crc16(body)


class Line:
    """A meter and its line. The meter's clock and registers go on for ever; the
    pseudo-terminal may come and go."""

    def __init__(self, rig, name, phase=0.0):
        self.link = rig.path(f"{name}.tty")
        self.name = name
        self.master = -1
        self.slave = None
        self.register = FIRST_WH
        self.sent = set()
        self.next_tick = time.monotonic() + phase
        self.open()

    def open(self):
        """A pseudo-terminal that nobody listens to, and no link to it yet."""
        self.master, slave = os.openpty()
        tty.setraw(slave)
        self.slave = os.ttyname(slave)
        os.close(slave)
        os.set_blocking(self.master, False)

    def show(self):
        """The link appears, or points to the new place, in one step."""
        os.symlink(self.slave, f"{self.link}.new")
        os.rename(f"{self.link}.new", self.link)

    def hide(self):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.link)

    def close(self):
        """The cable is pulled."""
        if self.master >= 0:
            os.close(self.master)
        self.master = -1

    def heard(self):
        """True while somebody has the port open."""
        if self.master < 0:
            return False
        poll = select.poll()
        poll.register(self.master, select.POLLOUT)
        return not any(event & select.POLLHUP for _, event in poll.poll(0))

    def write(self, data):
        """True when the line took all of it; what it does not take is lost."""
        try:
            return os.write(self.master, data) == len(data)
        except BlockingIOError:
            return False

    def speak(self, part=1.0):
        """One telegram, or that part of one, is sent if anybody listens."""
        self.register += 1
        if not self.heard():
            return False
        data = telegram(self.register)
        if part < 1.0:
            data = data[:1 + int(part * data.index(b"!"))]
        if not self.write(data):
            return False
        if part >= 1.0:
            self.sent.add(self.register)
        return True

    def tick(self, now):
        """Speaks when it is time to; True when a telegram went out."""
        if now < self.next_tick:
            return False
        self.next_tick += PACE_S
        if self.next_tick < now:  # we were held up
            self.next_tick = now + PACE_S
        return self.speak()

    def flood(self, data, deadline_s=r.DEADLINE_S):
        """Sends all bytes as fast as they are read."""
        poll = select.poll()
        poll.register(self.master, select.POLLOUT)
        end = time.monotonic() + deadline_s
        view = memoryview(data)
        while view:
            r.expect(time.monotonic() < end, f"{self.name}: nobody reads")
            poll.poll(100)
            with contextlib.suppress(BlockingIOError):
                view = view[os.write(self.master, view):]


class Readings:
    """What has been published of a meter, by csv."""

    def __init__(self, daemon, meter):
        self.folder = daemon.rig.path(daemon.name, "csv", "test", f"p1-{meter}")
        self.prefix = REGISTERS[0][0] + "-2"  # of a year

    def newest(self):
        """The newest whole row's register; 0 when there is none."""
        try:
            names = [name for name in os.listdir(self.folder)
                     if name.startswith(self.prefix)]
        except FileNotFoundError:
            return 0
        if not names:
            return 0
        with open(os.path.join(self.folder, max(names)), "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - 200))
            rows = file.read().split(b"\n")[:-1]
        if not rows or not rows[-1][:1].isdigit():
            return 0
        return int(float(rows[-1].split(b",")[1]))


def check_rows(daemon, meter, sent):
    """Every published row is one telegram that was sent whole, none is
    published twice, and they are in order. Returns their number."""
    columns = [dict(daemon.rows(meter, name)) for name, _ in REGISTERS]
    before = 0
    for at in sorted(columns[0]):
        row = [column.get(at) for column in columns]
        r.expect(None not in row and
                 all(value == row[0] + far
                     for value, (_, far) in zip(row, REGISTERS)),
                 f"{meter}: the row {row} is no telegram's")
        r.expect(row[0] in sent, f"{meter}: {row[0]} was never sent")
        r.expect(row[0] > before, f"{meter}: {row[0]} comes after {before}")
        before = row[0]
    for column in columns[1:]:
        r.expect(column.keys() == columns[0].keys(),
                 f"{meter}: a row lacks a register")
    return len(columns[0])


class Hangups:
    """Hangs up terminals for an ordinary user. It has to be made while we are
    root, and stays so; with no right to it, may() is False."""

    def __init__(self):
        self.ours, theirs = socket.socketpair()
        self.allowed = False
        if os.fork() == 0:
            self.ours.close()
            with contextlib.suppress(Exception):
                self._serve(theirs)
            os._exit(0)
        theirs.close()
        self.ours.settimeout(r.DEADLINE_S)

    def _serve(self, line):
        while True:
            path = line.recv(200)
            if not path:
                return
            try:
                handle = os.open(path, os.O_RDONLY | os.O_NOCTTY)
                # A port's own driver takes the exclusive use away with the
                # terminal; a pseudo-terminal stays and would keep it.
                fcntl.ioctl(handle, termios.TIOCNXCL)
                fcntl.ioctl(handle, TIOCVHANGUP)
                os.close(handle)
                line.send(b"ok")
            except OSError as error:
                line.send(str(error).encode())

    def hang_up(self, path):
        """None, or why not."""
        self.ours.send(path.encode())
        answer = self.ours.recv(200).decode()
        return None if answer == "ok" else answer

    def may(self):
        """Tries it on a terminal of its own; None, or why not."""
        master, slave = os.openpty()
        path = os.ttyname(slave)
        try:
            why = self.hang_up(path)
            if why is None and os.read(slave, 1) != b"":
                why = "it has no effect"
        finally:
            os.close(slave)
            os.close(master)
        return why


# ---- what a process takes ----

def rss_kb(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        for line in file:
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    raise r.Failure("no VmRSS")


def threads(pid):
    return len(os.listdir(f"/proc/{pid}/task"))


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def cpu_s(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def count_from(name, default):
    """A count: the first argument, else the environment's, else `default`."""
    text = sys.argv[1] if len(sys.argv) > 1 else os.environ.get(name) or default
    try:
        return int(text)
    except ValueError:
        traceback.print_exc(limit=0)
        sys.exit(2)

"""rig.py - stock collectd, a simulated meter and a folder to run them in.

What the end-to-end tests share. main() gives a test an ordinary user's life:
a folder of its own, no network where that can be taken away, and when root
calls, the user `nobody`. The test runs in a child process; its parent removes
the folder whatever happens, and the kernel ends whatever was left running when
its parent is gone.

Nothing waits for a fixed time: until() polls a condition up to a deadline, and
a deadline that passes is a failure.
"""
import contextlib
import ctypes
import fcntl
import glob
import os
import pwd
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import traceback

SKIPPED = 77
CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1
SIOCSIFFLAGS = 0x8914
SIOCSIFADDR = 0x8916
IFF_UP = 1

# Long enough for a machine that compiles something else on all its cores.
DEADLINE_S = 30

_libc = ctypes.CDLL(None, use_errno=True)


class Failure(Exception):
    """What was expected and what was there instead."""


class Skip(Exception):
    """Why the test cannot be run here."""


def until(condition, what, deadline_s=DEADLINE_S):
    """Waits for condition() to give something true and returns that."""
    end = time.monotonic() + deadline_s
    while True:
        got = condition()
        if got:
            return got
        if time.monotonic() > end:
            raise Failure(f"waited {deadline_s} s in vain: {what}")
        time.sleep(0.05)


def expect(condition, what):
    if not condition:
        raise Failure(what)


def _program(name, *places):
    for place in (shutil.which(name),) + places:
        if place and os.access(place, os.X_OK):
            return place
    raise Skip(f"{name} is not installed")


class Rig:
    """Programs and a folder; what it starts is gone after close()."""

    def __init__(self, folder):
        self.folder = folder
        self.processes = []
        if os.environ.get("P1_SANITIZERS", "no") not in ("", "no"):
            raise Skip("collectd itself is built without sanitizers")
        self.collectd = os.environ.get("COLLECTD") or _program(
            "collectd", "/usr/sbin/collectd", "/usr/local/sbin/collectd",
            "/opt/collectd/sbin/collectd")
        self.rrdtool = _program("rrdtool")
        self.plugins = self._plugin_folder()
        build = os.environ.get("P1_BUILDDIR", os.getcwd())
        # Copies, because the build may be in a folder that only root can see.
        self.p1 = self._copy(os.path.join(build, ".libs", "p1.so"))
        self.shim = self._copy(os.path.join(
            build, "tests", "support", ".libs", "ptyshim.so"))
        self.p1ctl = self._copy(os.path.join(build, "p1ctl"))

    def _plugin_folder(self):
        text = subprocess.run([self.collectd, "-h"], check=False,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT).stdout.decode()
        for line in text.splitlines():
            if line.strip().startswith("Plugin directory"):
                folder = line.split()[-1]
                for name in ("csv", "rrdtool", "logfile"):
                    if not os.path.exists(f"{folder}/{name}.so"):
                        raise Skip(f"collectd has no {name} plugin")
                return folder
        raise Skip("collectd does not tell where its plugins are")

    def _copy(self, source):
        expect(os.path.exists(source), f"{source} was not built")
        with open(source, "rb") as file:
            if file.read(2) == b"#!":  # libtool's wrapper
                source = os.path.join(os.path.dirname(source), ".libs",
                                      os.path.basename(source))
        target = os.path.join(self.folder, os.path.basename(source))
        shutil.copy(source, target)
        os.chmod(target, 0o755)
        return target

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def start(self, command, output, **environment):
        """Starts a process whose output goes to a file of the folder."""
        with open(self.path(output), "wb") as file:
            process = subprocess.Popen(
                command, cwd=self.folder, stdin=subprocess.DEVNULL,
                stdout=file, stderr=subprocess.STDOUT,
                env={**os.environ, **environment},
                preexec_fn=lambda: _libc.prctl(PR_SET_PDEATHSIG,
                                               signal.SIGKILL))
        self.processes.append(process)
        return process

    def close(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()

    def simulate(self, name, *options):
        """Starts a simulated meter; returns the path of its port."""
        link = self.path(name)
        process = self.start([self.p1ctl, "simulate", "--pty", link, *options],
                             f"{name}.log")
        until(lambda: os.path.islink(link) or process.poll() is not None,
              f"the simulated meter makes {link}")
        expect(process.poll() is None,
               f"p1ctl simulate left: {self.text(f'{name}.log')}")
        return link

    def text(self, name):
        try:
            with open(self.path(name), encoding="utf-8",
                      errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""


class Daemon:
    """A collectd with the p1 plugin: csv, rrd and log in a folder."""

    def __init__(self, rig, name, meters, interval=1, plugins=("csv",),
                 shim=True, arguments=("-f",)):
        self.rig, self.name, self.shim = rig, name, shim
        self.arguments = list(arguments)
        self.process = None
        os.mkdir(rig.path(name))
        lines = ['Hostname "test"', "FQDNLookup false",
                 f'BaseDir "{rig.path(name)}"',
                 f'PIDFile "{rig.path(name, "pid")}"',
                 f'PluginDir "{rig.plugins}"', f"Interval {interval}",
                 "LoadPlugin logfile", "<Plugin logfile>", "LogLevel info",
                 f'File "{rig.path(name, "log")}"', "PrintSeverity true",
                 "Timestamp false", "</Plugin>"]
        if "csv" in plugins:
            lines += ["LoadPlugin csv", "<Plugin csv>",
                      f'DataDir "{rig.path(name, "csv")}"',
                      "StoreRates false", "</Plugin>"]
        if "rrdtool" in plugins:
            lines += ["LoadPlugin rrdtool", "<Plugin rrdtool>",
                      f'DataDir "{rig.path(name, "rrd")}"', "StepSize 1",
                      "HeartBeat 10", "RRARows 600", "RRATimespan 600",
                      "CacheTimeout 3", "</Plugin>"]
        if "load" in plugins:
            lines += ["LoadPlugin load"]
        lines += [f'PluginDir "{rig.folder}"', "LoadPlugin p1", "<Plugin p1>",
                  meters, "</Plugin>"]
        with open(rig.path(name, "conf"), "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")

    def start(self):
        environment = {"LD_PRELOAD": self.rig.shim} if self.shim else {}
        self.process = self.rig.start(
            [self.rig.collectd, *self.arguments, "-C",
             self.rig.path(self.name, "conf")],
            f"{self.name}/output", **environment)
        return self

    def log(self):
        """Lines of the log that are the p1 plugin's, without severity."""
        return [line for line in
                self.rig.text(f"{self.name}/log").splitlines()
                if " p1 plugin: " in line]

    def said(self, words):
        return [line for line in self.log() if words in line]

    def files(self, meter):
        """Names of a meter's csv files, without the date."""
        paths = glob.glob(self.rig.path(self.name, "csv", "test",
                                        f"p1-{meter}", "*"))
        return sorted({os.path.basename(path)[: -len("-2000-01-01")]
                       for path in paths})

    def rows(self, meter, reading):
        """The csv rows of a reading: (time, value) in order."""
        rows = []
        for path in sorted(glob.glob(self.rig.path(
                self.name, "csv", "test", f"p1-{meter}",
                f"{reading}-[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]"))):
            with open(path, encoding="utf-8") as file:
                for line in file.read().split("\n")[1:-1]:
                    at, value = line.split(",")
                    rows.append((float(at), float(value)))
        return rows

    def reads(self):
        """How often collectd has read its load plugin, once an interval."""
        return sum(self.rig.text(path).count("\n") - 1 for path in glob.glob(
            self.rig.path(self.name, "csv", "test", "load", "load-*")))

    def running(self):
        return self.process.poll() is None

    def stop(self):
        """Asks it to end; returns the seconds it took."""
        expect(self.running(),
               f"collectd left by itself, {self.process.returncode}: "
               f"{self.rig.text(f'{self.name}/output')}")
        begin = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(DEADLINE_S)
        except subprocess.TimeoutExpired:
            raise Failure(f"collectd did not end within {DEADLINE_S} s")
        took = time.monotonic() - begin
        expect(self.process.returncode == 0,
               f"collectd ended with status {self.process.returncode}")
        return took


def meter(name, device, *lines):
    """The text of a Meter block."""
    return "\n".join([f'<Meter "{name}">', f'Device "{device}"', *lines,
                      "</Meter>"])


def _loopback_up():
    """A network of one's own begins with its loopback switched off. Programs
    that ask for addresses of configured kinds alone (AI_ADDRCONFIG) take no
    loopback for one: it gets an address of the documents' (RFC 5737) as well."""
    address = struct.pack("16sHH4s8x", b"lo:1", socket.AF_INET, 0,
                          socket.inet_aton("192.0.2.1"))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS,
                    struct.pack("16sh14x", b"lo", IFF_UP))
        fcntl.ioctl(any_socket, SIOCSIFADDR, address)


def _become_ordinary(folder):
    """Leaves the network and root behind, as far as the system lets us. Nothing
    may be imported after this: root's Python may be where only root can read,
    which is also why all files are opened as UTF-8, whose codec is there."""
    if os.geteuid() != 0:
        return
    if _libc.unshare(CLONE_NEWNET) != 0:
        print("note: the network could not be taken away")
    else:
        _loopback_up()
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    os.setgroups([])
    os.setgid(nobody.pw_gid)
    os.setuid(nobody.pw_uid)
    os.environ["HOME"] = folder
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)  # a new user clears it


def _run(test, folder):
    rig = None
    try:
        rig = Rig(folder)
        for target in (rig.p1, rig.shim, rig.p1ctl):
            os.chmod(target, 0o755)
        _become_ordinary(folder)
        os.chdir(folder)
        test(rig)
        return 0
    except Skip as reason:
        print(f"skipped: {reason}")
        return SKIPPED
    except Failure as failure:
        print(f"FAILED: {failure}")
    except Exception:  # the logs below tell the rest
        traceback.print_exc(file=sys.stdout)
    finally:
        if rig is not None:
            rig.close()
    for path in sorted(glob.glob(os.path.join(folder, "**", "log"),
                                 recursive=True)):
        print(f"--- {os.path.relpath(path, folder)}")
        with contextlib.suppress(OSError), open(
                path, encoding="utf-8", errors="replace") as file:
            print(file.read()[-8000:])
    return 1


def main(test):
    """Runs test(rig) as above and exits with its status."""
    folder = tempfile.mkdtemp(prefix="p1-e2e-")
    child = os.fork()
    if child == 0:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        status = _run(test, folder)
        sys.stdout.flush()
        os._exit(status)
    status = 1
    try:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGTERM)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(child, 0)
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(status if 0 <= status < 128 else 1)

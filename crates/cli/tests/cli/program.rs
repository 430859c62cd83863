//! Runs the program in a directory of its own, and speaks to the servers it starts.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

/// The program, with a data directory that nobody else has.
pub(crate) struct Program {
    home: TempDir,
}

/// How one run ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Program {
    pub(crate) fn new() -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
        }
    }

    /// With a tenant for `acme.example`.
    pub(crate) fn set_up() -> Self {
        let program = Self::new();
        program.ok(&["init", "--domain", "acme.example"]);
        program
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    /// A place beside the data directory, where commands are run.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_m2mint"));
        command
            .args(args)
            .current_dir(self.home.path())
            .env_clear()
            .env("M2MINT_DATA", self.data())
            .env("LANG", "C")
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Run {
        finish(&mut self.command(args))
    }

    /// Runs with a text on standard input.
    pub(crate) fn run_with_input(&self, args: &[&str], input: &str) -> Run {
        let mut command = self.command(args);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(input.as_bytes()).unwrap();
        drop(stdin);
        Run::of(child.wait_with_output().unwrap())
    }

    /// Runs what must succeed.
    pub(crate) fn ok(&self, args: &[&str]) -> Run {
        let run = self.run(args);
        assert_eq!(run.code, Some(0), "{args:?}: {run:?}");
        run
    }

    /// Runs what must succeed and print JSON.
    pub(crate) fn json(&self, args: &[&str]) -> Value {
        let args: Vec<&str> = args.iter().copied().chain(["--json"]).collect();
        serde_json::from_str(&self.ok(&args).stdout).unwrap()
    }

    /// Starts what prints as long as it runs; its lines are read one by one.
    pub(crate) fn follow(&self, args: &[&str]) -> Follower {
        let mut child = self.command(args).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Follower { child, lines }
    }

    /// Starts a server and waits until it says that it listens.
    pub(crate) fn serve(&self, args: &[&str]) -> Server {
        let args: Vec<&str> = ["serve"].iter().chain(args).copied().collect();
        let mut child = self.command(&args).stderr(Stdio::piped()).spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut said = String::new();
        while !said.contains("listening on ") {
            assert_ne!(stderr.read_line(&mut said).unwrap(), 0, "it ended: {said}");
        }
        let (_, url) = said.split_once("listening on ").unwrap();
        let url = url.split_whitespace().next().unwrap().to_owned();
        let rest = std::thread::spawn(move || {
            let mut rest = String::new();
            stderr.read_to_string(&mut rest).map(|_| rest)
        });
        Server {
            host: url.split_once("//").unwrap().1.to_owned(),
            child,
            url,
            said,
            rest: Some(rest),
        }
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.data().join(name), text).unwrap();
    }
}

/// Runs a command to its end.
pub(crate) fn finish(command: &mut Command) -> Run {
    Run::of(command.output().unwrap())
}

impl Run {
    fn of(output: std::process::Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// It failed, with this code and this among its words.
    pub(crate) fn refused(&self, code: i32, words: &str) {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert!(self.stderr.contains(words), "{self:?}");
    }
}

/// A command that prints as long as it runs.
pub(crate) struct Follower {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Follower {
    pub(crate) fn next_line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        line
    }

    /// Presses Ctrl-C.
    pub(crate) fn interrupt(mut self) -> ExitStatus {
        kill_process(Pid::from_child(&self.child), Signal::INT).unwrap();
        self.child.wait().unwrap()
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A server that runs until it is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
    /// Under which name it is asked.
    pub(crate) host: String,
    /// What it said until it listened.
    pub(crate) said: String,
    rest: Option<JoinHandle<std::io::Result<String>>>,
}

impl Server {
    /// Host and port it listens on.
    pub(crate) fn address(&self) -> &str {
        self.url.split_once("//").unwrap().1
    }

    /// One request; its status and body.
    pub(crate) fn send(&self, method: &str, path: &str, head: &str, body: &str) -> (u16, String) {
        // A name of ours may not resolve here; the port is enough.
        let port = self.address().rsplit_once(':').unwrap().1;
        let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
        let length = body.len();
        let host = &self.host;
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {length}\r\n{head}\r\n{body}",
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, body.to_owned())
    }

    /// Asks the token endpoint with a form.
    pub(crate) fn token(&self, form: &str) -> (u16, Value) {
        let head = "content-type: application/x-www-form-urlencoded\r\n";
        let (status, body) = self.send("POST", "/oauth/token", head, form);
        (status, serde_json::from_str(&body).unwrap())
    }

    /// A token for the Management API, as development mode hands it out.
    pub(crate) fn dev_token(&self) -> String {
        let (status, body) = self.send("POST", "/dev/token", "", "");
        assert_eq!(status, 200, "{body}");
        let answer: Value = serde_json::from_str(&body).unwrap();
        answer["access_token"].as_str().unwrap().to_owned()
    }

    /// Tells it to stop, as a service manager does, and waits.
    pub(crate) fn stop(mut self) -> (ExitStatus, String) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, Signal::TERM).unwrap();
        let status = self.child.wait().unwrap();
        let rest = self.rest.take().unwrap().join().unwrap().unwrap();
        (status, rest)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

//! What the program says to people, in English and in Japanese, side by side.
//!
//! Only the top-level help, `quickstart` and `doctor` speak two languages. A sentence cannot be
//! missing in one of them: both stand in the same expression.

use clap::ValueEnum;

/// A language: English or Japanese.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(crate) enum Lang {
    #[default]
    En,
    Ja,
}

impl Lang {
    /// `--lang` where it is given, and otherwise the language of the environment. Looked for before
    /// the arguments are parsed, because their help is already in that language.
    pub(crate) fn choose(args: &[String], env: impl Fn(&str) -> Option<String>) -> Self {
        let mut words = args.iter();
        while let Some(word) = words.next() {
            let value = match word.strip_prefix("--lang") {
                Some("") => words.next().map(String::as_str),
                Some(value) => value.strip_prefix('='),
                None => None,
            };
            if let Some(value) = value {
                return if value == "ja" { Self::Ja } else { Self::En };
            }
        }
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(env);
        match locale {
            Some(locale) if locale == "ja" || locale.starts_with("ja_") => Self::Ja,
            Some(_) | None => Self::En,
        }
    }

    const fn of(self, english: &'static str, japanese: &'static str) -> &'static str {
        match self {
            Self::En => english,
            Self::Ja => japanese,
        }
    }
}

/// The top-level help.
impl Lang {
    pub(crate) const fn about(self) -> &'static str {
        self.of(
            "A self-hosted OAuth 2.0 server for machines, compatible with Auth0's machine-to-machine flow",
            "自分で運用する、マシン間認証（M2M）用の OAuth 2.0 サーバー。Auth0 の M2M と互換です",
        )
    }

    /// What a command does; `None` for a name there is not.
    pub(crate) fn about_command(self, name: &str) -> Option<&'static str> {
        Some(match name {
            "quickstart" => self.of(
                "Start everything on this machine and make a first protected call",
                "すべてをこのマシンで起動し、保護された API を初めて呼び出す",
            ),
            "init" => self.of("Set up a data directory", "データディレクトリを準備する"),
            "serve" => self.of("Run the server", "サーバーを起動する"),
            "apis" => self.of("APIs that accept tokens", "トークンを受け取る API"),
            "apps" => self.of(
                "Applications that ask for tokens",
                "トークンを要求するアプリケーション",
            ),
            "grants" => self.of(
                "What an application may ask for at an API",
                "アプリケーションが API に要求できるもの（権限付与）",
            ),
            "orgs" => self.of(
                "Organizations on whose behalf applications act",
                "アプリケーションが代理する組織",
            ),
            "keys" => self.of("Keys that sign tokens", "トークンの署名鍵"),
            "tenants" => self.of(
                "Issuers in this data directory",
                "このデータディレクトリのテナント",
            ),
            "test" => self.of("Try out the configuration", "設定を試す"),
            "logs" => self.of("What happened", "ログを見る"),
            "history" => self.of(
                "Who changed what: before and after",
                "誰が何を変更したか（変更前と変更後）",
            ),
            "api" => self.of(
                "Make any call of the Management API",
                "Management API を直接呼び出す",
            ),
            "import" => self.of(
                "Bring the tenant to what a document of the Deploy CLI says",
                "Deploy CLI の文書の内容をテナントに反映する",
            ),
            "export" => self.of(
                "Write the tenant down as a document of the Deploy CLI",
                "テナントを Deploy CLI の文書として書き出す",
            ),
            "doctor" => self.of("Find out what is wrong", "問題を診断する"),
            "completions" => self.of("Print completions for a shell", "シェル補完を出力する"),
            "version" => self.of("Print the version", "バージョンを表示する"),
            _ => return None,
        })
    }
}

/// The quickstart.
impl Lang {
    pub(crate) fn step_server(self, url: &str, dir: &str) -> String {
        match self {
            Self::En => format!("The server listens on {url} (data in {dir})"),
            Self::Ja => format!("サーバーを起動しました: {url}（データ: {dir}）"),
        }
    }

    pub(crate) fn step_register_api(self, audience: &str) -> String {
        match self {
            Self::En => format!("The Timesheets API is registered as {audience}"),
            Self::Ja => format!("Timesheets API を登録しました: {audience}"),
        }
    }

    pub(crate) fn step_register_app(self, name: &str, scope: &str) -> String {
        match self {
            Self::En => {
                format!("The application \"{name}\" may ask for {scope}, and for nothing else")
            }
            Self::Ja => format!("アプリケーション「{name}」に {scope} だけを許可しました"),
        }
    }

    pub(crate) fn step_api(self, url: &str) -> String {
        match self {
            Self::En => {
                format!("The Timesheets API itself listens on {url} and checks tokens by our JWKS")
            }
            Self::Ja => {
                format!("Timesheets API 本体を起動しました: {url}（トークンは JWKS で検証します）")
            }
        }
    }

    pub(crate) const fn step_ask(self) -> &'static str {
        self.of("Ask for a token yourself:", "トークンを自分で取得してみる:")
    }

    pub(crate) const fn secret_is_shown(self) -> &'static str {
        self.of(
            "This line holds the client secret, on purpose: it is shown here once and kept nowhere in clear.",
            "この行にはクライアントシークレットが意図的に含まれています。表示はここで一度だけで、平文では保存しません。",
        )
    }

    pub(crate) fn step_token(self, expires_in: u64) -> String {
        match self {
            Self::En => format!("The job got a token for {expires_in} seconds; inside it says:"),
            Self::Ja => {
                format!("ジョブがトークンを取得しました（有効期間 {expires_in} 秒）。中身:")
            }
        }
    }

    pub(crate) fn step_upload(self, message: &str) -> String {
        match self {
            Self::En => format!("The job uploaded a timesheet: {message}"),
            Self::Ja => format!("ジョブがタイムシートを送信しました: {message}"),
        }
    }

    pub(crate) fn step_refused(self, without_token: u16, without_scope: u16) -> String {
        match self {
            Self::En => format!(
                "Without a token the API answers {without_token}; reading timesheets, which was not \
                 granted, {without_scope}"
            ),
            Self::Ja => format!(
                "トークンなしの応答は {without_token}、許可していない一覧取得の応答は {without_scope} でした"
            ),
        }
    }

    pub(crate) const fn stays(self) -> &'static str {
        self.of(
            "Both go on serving. Try the line above in another terminal; Ctrl-C ends them.",
            "サーバーと API は動き続けます。別の端末で上の行を試してください。Ctrl-C で終了します。",
        )
    }

    pub(crate) const fn working(self) -> &'static str {
        self.of("making keys", "鍵を作成中")
    }
}

/// The doctor.
impl Lang {
    pub(crate) const fn level(self, level: Level) -> &'static str {
        match level {
            Level::Ok => self.of("OK  ", "正常"),
            Level::Warn => self.of("WARN", "注意"),
            Level::Fail => self.of("FAIL", "異常"),
        }
    }

    pub(crate) const fn check(self, check: Check) -> &'static str {
        match check {
            Check::Configuration => self.of("configuration", "設定"),
            Check::DataDirectory => self.of("data directory", "データディレクトリ"),
            Check::MasterKey => self.of("master key", "マスターキー"),
            Check::Store => self.of("store", "ストア"),
            Check::Tenants => self.of("tenants", "テナント"),
            Check::Clock => self.of("clock", "時計"),
            Check::Listen => self.of("listen address", "待ち受けアドレス"),
            Check::Tls => self.of("TLS files", "TLS ファイル"),
            Check::Domain => self.of("domain", "ドメイン"),
        }
    }

    pub(crate) const fn to_mend(self) -> &'static str {
        self.of("to mend", "対処")
    }

    pub(crate) fn verdict(self, failed: usize, warned: usize) -> String {
        match (self, failed, warned) {
            (Self::En, 0, 0) => "All is well.".to_owned(),
            (Self::En, 0, _) => format!("It works; {warned} to look at."),
            (Self::En, _, _) => format!("{failed} failed, {warned} to look at."),
            (Self::Ja, 0, 0) => "すべて正常です。".to_owned(),
            (Self::Ja, 0, _) => format!("動作します。注意 {warned} 件。"),
            (Self::Ja, _, _) => format!("異常 {failed} 件、注意 {warned} 件。"),
        }
    }
}

/// How something is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Level {
    /// As it should be.
    Ok,
    /// It works, and somebody should look.
    Warn,
    /// It does not work.
    Fail,
}

/// What the doctor looks at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Check {
    Configuration,
    DataDirectory,
    MasterKey,
    Store,
    Tenants,
    Clock,
    Listen,
    Tls,
    Domain,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(args: &[&str], locale: Option<&str>) -> Lang {
        let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
        Lang::choose(&args, |name| {
            locale.filter(|_| name == "LANG").map(str::to_owned)
        })
    }

    #[test]
    fn the_argument_wins_over_the_locale() {
        assert_eq!(chosen(&[], None), Lang::En);
        assert_eq!(chosen(&[], Some("ja_JP.UTF-8")), Lang::Ja);
        assert_eq!(chosen(&[], Some("jam_JM")), Lang::En);
        assert_eq!(chosen(&["--lang", "en", "doctor"], Some("ja_JP")), Lang::En);
        assert_eq!(chosen(&["doctor", "--lang=ja"], None), Lang::Ja);
    }
}

//! `tracely completions`.

use crate::cli::Cli;
use crate::out;
use clap::CommandFactory;
use clap_complete::Shell;

/// What the help says.
pub const ABOUT: &str = "\
Print a script that completes commands and options in a shell.

Examples:
  tracely completions bash > ~/.local/share/bash-completion/completions/tracely
  tracely completions zsh > \"${fpath[1]}/_tracely\"
  tracely completions fish > ~/.config/fish/completions/tracely.fish";

/// The arguments of `tracely completions`.
#[derive(Debug, clap::Args)]
pub struct CompletionsArgs {
    /// For which shell
    shell: Shell,
}

/// Prints the script.
pub fn run(args: &CompletionsArgs) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "tracely", &mut script);
    Ok(out::raw(&script)?)
}

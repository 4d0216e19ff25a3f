using System.CommandLine;

namespace CpIs.Batch.Commands;

/// <summary>The command <c>completion</c>: a script that makes a shell complete commands and options.</summary>
internal static class CompletionCommand
{
    // Each asks the program itself through its [suggest] directive, so that the scripts never lag behind it.
    private const string Bash = """
        # cpis completion for bash: source this file, for instance from ~/.bashrc
        _cpis_complete() {
            local IFS=$'\n'
            COMPREPLY=($(cpis "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null))
        }
        complete -o default -F _cpis_complete cpis
        """;

    private const string Zsh = """
        # cpis completion for zsh: source this file, for instance from ~/.zshrc
        _cpis_complete() {
            local -a found
            found=("${(@f)$(cpis "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
            compadd -- "${found[@]}"
            [[ ${#found} -gt 0 ]] || _files
        }
        compdef _cpis_complete cpis
        """;

    private const string PowerShell = """
        # cpis completion for PowerShell: dot-source this file, for instance from $PROFILE
        Register-ArgumentCompleter -Native -CommandName cpis -ScriptBlock {
            param($wordToComplete, $commandAst, $cursorPosition)
            cpis "[suggest:$cursorPosition]" "$commandAst" 2>$null | ForEach-Object {
                [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
            }
        }
        """;

    private static readonly Dictionary<string, string> s_scripts = new(StringComparer.Ordinal) { ["bash"] = Bash, ["zsh"] = Zsh, ["pwsh"] = PowerShell };

    public static Command Create(CommandRunner runner)
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh or pwsh", HelpName = "SHELL" }.AcceptOnlyFromAmong([.. s_scripts.Keys]);
        var command = new Command("completion", "Print a script that makes a shell complete commands and options.") { shell };
        return runner.Bind(
            command,
            ["completion bash > ~/.cpis-completion.bash", "completion pwsh >> $PROFILE"],
            parse => parse.GetValue(shell)!,
            (context, name, _) =>
            {
                context.Environment.Out.WriteLine(s_scripts[name].ReplaceLineEndings("\n"));
                return Task.FromResult(ExitCodes.Done);
            },
            usesData: _ => false);
    }
}

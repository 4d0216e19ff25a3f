namespace CpIs.Batch.Commands;

/// <summary>The command was given something that it cannot use (exit code 2). The message is for the person who typed it and holds no personal data.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>The command could not finish for a reason that is understood (exit code 3). The message says what to do and holds no personal data.</summary>
internal sealed class CannotFinishException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>The command stopped because a person must act first (exit code 5). The message says what to do and holds no personal data.</summary>
internal sealed class OperatorNeededException(string message) : Exception(message);

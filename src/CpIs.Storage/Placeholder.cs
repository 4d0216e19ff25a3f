namespace CpIs.Storage;

internal static class Placeholder;

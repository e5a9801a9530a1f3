namespace Kombo.Connectors.Http;

/// <summary>Scheme, host and port: where credentials may go.</summary>
static class Origin
{
    public static bool AreSame(Uri a, Uri b) =>
        a.Scheme == b.Scheme && a.Port == b.Port && string.Equals(a.IdnHost, b.IdnHost, StringComparison.OrdinalIgnoreCase);

    /// <returns>An absolute http or https address without user information; null if the text is none.</returns>
    public static Uri? Parse(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url is { Scheme: "http" or "https", UserInfo: "" } ? url : null;
}

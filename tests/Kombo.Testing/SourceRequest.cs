namespace Kombo.Testing;

/// <summary>One request that a source has answered.</summary>
/// <param name="Url">Path and query.</param>
/// <param name="Status">0: the connection ended without an answer.</param>
public sealed record SourceRequest(string Method, string Url, int Status);

namespace Kombo.Connectors.Http;

/// <summary>One request, to be made as often as needed.</summary>
/// <param name="Stream">For messages.</param>
/// <param name="Build">A new message each time, as one cannot be sent twice.</param>
sealed record PageRequest(string Stream, Func<HttpRequestMessage> Build, ErrorRules Errors);

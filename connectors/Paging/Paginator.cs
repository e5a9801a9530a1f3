using Kombo.Connectors.Http;

namespace Kombo.Connectors.Paging;

/// <summary>A strategy and where its values go.</summary>
/// <param name="Token">Null: the token is the address of the next page (RequestPath).</param>
/// <param name="Size">Null: the page size is not sent.</param>
sealed record Paginator(PageStrategy Strategy, RequestOption? Token, RequestOption? Size);

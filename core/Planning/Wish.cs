using Kombo.Core.Resources;

namespace Kombo.Core.Planning;

/// <summary>What is asked for and waits, by token and by API: one run serves both.</summary>
/// <param name="Type">The strongest of theirs: full, default or delta.</param>
sealed record Wish(string Type, RequestStatus? Token, ObservedRequest? Row)
{
    /// <summary>Null if nothing waits.</summary>
    public static Wish? Of(Draft draft)
    {
        var (token, row) = (Requests.Waiting(draft), ApiRequests.Next(draft));
        if (row is null)
            return token is null ? null : new(token.Type ?? "full", token, null);
        var isTokenStronger = token is not null && Requests.Strength(token.Type) > Requests.Strength(row.Type);
        if (token is null || Requests.IsKeptForFirst(draft, token) || (isTokenStronger && row.Accepted))
            return new(row.Type, null, row); // the run of one that was accepted is named already
        return new(isTokenStronger ? token.Type ?? row.Type : row.Type, token, row);
    }
}

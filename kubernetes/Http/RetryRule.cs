namespace Kombo.Kubernetes.Http;

/// <summary>Whether and when to send a request again. Pure.</summary>
internal static class RetryRule
{
    static readonly TimeSpan First = TimeSpan.FromMilliseconds(200);

    /// <param name="attempt">Attempts made so far, from 1.</param>
    /// <param name="jitter">0 to 1.</param>
    /// <returns>How long to wait; null: give up.</returns>
    /// <remarks>
    /// A 429 was refused before anything happened, so any request may follow it. Anything else leaves open whether a write
    /// was carried out: only reads are repeated, writes are the caller's to decide anew.
    /// </remarks>
    public static TimeSpan? Delay(HttpMethod method, KubernetesException failure, int attempt, double jitter)
    {
        var isRead = method == HttpMethod.Get;
        var isRepeatable = failure.IsTooManyRequests
            || (isRead && (failure.IsConnectionFailure || failure.Code is 500 or 502 or 503 or 504)
                && !failure.IsTooLargeResourceVersion);
        if (!isRepeatable)
            return null;
        return failure.RetryAfter ?? First * Math.Pow(2, attempt - 1) * (1 + jitter);
    }
}

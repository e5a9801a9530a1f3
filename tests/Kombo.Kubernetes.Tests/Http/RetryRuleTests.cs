using Kombo.Kubernetes.Http;
using Kombo.Kubernetes.Models;

namespace Kombo.Kubernetes.Tests.Http;

public sealed class RetryRuleTests
{
    public static TheoryData<string, string, V1Status, int, double?> Rules => new()
    {
        { "a read waits as the server asks", "GET", Code(429, retryAfter: 7), 1, 7 },
        { "so does a write, which was not carried out", "POST", Code(429, retryAfter: 7), 1, 7 },
        { "a read repeats when the server is away", "GET", Code(503), 1, 0.2 },
        { "later each time", "GET", Code(503), 3, 0.8 },
        { "and when there was no answer", "GET", new V1Status { Reason = "ConnectionFailed" }, 1, 0.2 },
        { "a create may have been carried out", "POST", Code(503), 1, null },
        { "a patch as well", "PATCH", new V1Status { Reason = "ConnectionFailed" }, 1, null },
        { "a refusal is final", "GET", Code(403), 1, null },
        { "so is an old version", "GET", Code(410), 1, null },
        { "a version to come is the caller's to handle", "GET", Code(504) with { Message = "Too large resource version: 9, current: 8" }, 1, null },
    };

    [Theory, MemberData(nameof(Rules))]
    public void Decides(string rule, string method, V1Status status, int attempt, double? seconds) =>
        RetryRule.Delay(new HttpMethod(method), new KubernetesException(status), attempt, jitter: 0)?.TotalSeconds.ShouldBe(seconds!.Value, rule);

    [Theory, MemberData(nameof(Rules))]
    public void Decides_whether(string rule, string method, V1Status status, int attempt, double? seconds) =>
        (RetryRule.Delay(new HttpMethod(method), new KubernetesException(status), attempt, jitter: 0) is null).ShouldBe(seconds is null, rule);

    static V1Status Code(int code, int? retryAfter = null) => new()
    {
        Code = code,
        Details = retryAfter is null ? null : new V1StatusDetails { RetryAfterSeconds = retryAfter },
    };
}

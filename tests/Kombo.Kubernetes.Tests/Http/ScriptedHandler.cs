using System.Net;
using System.Text;

namespace Kombo.Kubernetes.Tests.Http;

/// <summary>A server that answers as a test says, request by request.</summary>
public sealed class ScriptedHandler : HttpMessageHandler
{
    readonly Queue<Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>>> answers = new();

    public List<string> Requests { get; } = [];

    public ScriptedHandler Then(Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> answer)
    {
        answers.Enqueue(answer);
        return this;
    }

    public ScriptedHandler Then(int code, string body, string type = "application/json", int? retryAfter = null) => Then((_, _) =>
    {
        var response = new HttpResponseMessage((HttpStatusCode)code) { Content = new StringContent(body, Encoding.UTF8, type) };
        if (retryAfter is { } seconds)
            response.Headers.Add("Retry-After", $"{seconds}");
        return Task.FromResult(response);
    });

    public ScriptedHandler ThenStream(Stream body) => Then((_, _) =>
        Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(body) }));

    public ScriptedHandler ThenReset() => Then((_, _) => throw new HttpRequestException("connection reset"));

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Requests.Add($"{request.Method} {request.RequestUri!.PathAndQuery}");
        return answers.TryDequeue(out var answer)
            ? answer(request, cancellationToken)
            : throw new InvalidOperationException($"nothing is scripted for {Requests[^1]}");
    }
}

/// <summary>A body that arrives in pieces and ends as a test says.</summary>
public sealed class SlowStream : Stream
{
    readonly System.Threading.Channels.Channel<byte[]> pieces = System.Threading.Channels.Channel.CreateUnbounded<byte[]>();
    ReadOnlyMemory<byte> rest;

    public SlowStream Send(string text)
    {
        pieces.Writer.TryWrite(Encoding.UTF8.GetBytes(text));
        return this;
    }

    public SlowStream End(Exception? failure = null)
    {
        pieces.Writer.TryComplete(failure);
        return this;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (rest.IsEmpty)
        {
            if (!await pieces.Reader.WaitToReadAsync(cancellationToken))
                return 0;
            if (pieces.Reader.TryRead(out var piece))
                rest = piece;
        }
        var count = Math.Min(buffer.Length, rest.Length);
        rest[..count].CopyTo(buffer);
        rest = rest[count..];
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

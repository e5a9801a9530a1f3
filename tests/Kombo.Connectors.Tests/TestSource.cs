using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Kombo.Connectors.Tests;

/// <summary>A source that a test plays: a small HTTP server on a port of the system's choice.</summary>
sealed class TestSource : IAsyncDisposable
{
    readonly WebApplication application;

    TestSource(WebApplication application) => this.application = application;

    /// <summary>Scheme, host and port.</summary>
    public string Url => application.Urls.First();

    /// <summary>What was asked, in order: path and query, unescaped.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    /// <summary>Paths as they were sent, in order.</summary>
    public ConcurrentQueue<string> Paths { get; } = new();

    /// <summary>Headers of what was asked, in order.</summary>
    public ConcurrentQueue<IHeaderDictionary> Headers { get; } = new();

    /// <summary>Bodies of what was asked, in order.</summary>
    public ConcurrentQueue<string> Bodies { get; } = new();

    public static async Task<TestSource> StartAsync(Func<HttpContext, Task> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var application = builder.Build();
        var source = new TestSource(application);
        application.Run(async context =>
        {
            source.Asked.Enqueue(Uri.UnescapeDataString(context.Request.GetEncodedPathAndQuery()));
            source.Paths.Enqueue(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?')[0]);
            source.Headers.Enqueue(new HeaderDictionary(context.Request.Headers.ToDictionary(h => h.Key, h => h.Value)));
            source.Bodies.Enqueue(await new StreamReader(context.Request.Body).ReadToEndAsync());
            await answer(context);
        });
        await application.StartAsync();
        return source;
    }

    /// <summary>Answers one after the other; the last one again and again.</summary>
    public static Task<TestSource> AnsweringAsync(params Func<HttpContext, Task>[] answers)
    {
        var next = -1;
        return StartAsync(context => answers[Math.Min(Interlocked.Increment(ref next), answers.Length - 1)](context));
    }

    public static Func<HttpContext, Task> Json(string body, int status = 200) => Text(body, "application/json", status);

    public static Func<HttpContext, Task> Text(string body, string type, int status = 200) => async context =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        await context.Response.WriteAsync(body);
    };

    public static Func<HttpContext, Task> Status(int status, params (string Name, string Value)[] headers) => async context =>
    {
        context.Response.StatusCode = status;
        foreach (var (name, value) in headers)
            context.Response.Headers[name] = value;
        await context.Response.WriteAsync("{}");
    };

    public static Func<HttpContext, Task> Reset() => context =>
    {
        context.Abort();
        return Task.CompletedTask;
    };

    public async ValueTask DisposeAsync()
    {
        await application.StopAsync();
        await application.DisposeAsync();
    }
}

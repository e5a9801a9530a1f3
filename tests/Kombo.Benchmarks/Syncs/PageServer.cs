using System.Net;
using System.Net.Sockets;
using Kombo.Testing;

namespace Kombo.Benchmarks.Syncs;

/// <summary>nginx as the source: one process that sends files, uncompressed.</summary>
sealed class PageServer : IAsyncDisposable
{
    readonly ChildProcess process;
    readonly string folder;

    PageServer(ChildProcess process, string folder, int port) =>
        (this.process, this.folder, Address) = (process, folder, $"http://127.0.0.1:{port}");

    public string Address { get; }

    /// <param name="folder">Holds the folders of pages.</param>
    public static async Task<PageServer> StartAsync(string folder)
    {
        var programs = await ChildProcess.RunAsync(
            new ChildProcessStart
            {
                Program = RepositoryRoot.Combine("build", "debian-programs.sh"),
                Arguments = ["nginx", "nginx"],
            },
            TimeSpan.FromMinutes(10));
        var port = FreePort();
        var configuration = Path.Combine(folder, "nginx.conf");
        await File.WriteAllTextAsync(configuration, Configuration(folder, port));
        var process = ChildProcess.Start(
            Path.Combine(programs.Trim(), "nginx"), "-p", folder, "-c", configuration, "-e", Path.Combine(folder, "nginx.log"));
        var server = new PageServer(process, folder, port);
        await Eventually.BecomesAsync(server.AnswersAsync, TimeSpan.FromSeconds(20));
        return server;
    }

    /// <summary>From now on the pages are those of that folder.</summary>
    public void Show(string pages)
    {
        var link = Path.Combine(folder, "shown");
        File.Delete(link);
        File.CreateSymbolicLink(link, pages);
    }

    public ValueTask DisposeAsync() => process.DisposeAsync();

    async Task<bool> AnswersAsync()
    {
        using var http = new HttpClient();
        try
        {
            using var answer = await http.GetAsync($"{Address}/");
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    // nginx does not say which port it took.
    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    static string Configuration(string folder, int port) => $$"""
        daemon off;
        master_process off;
        pid {{folder}}/nginx.pid;
        events { worker_connections 64; }
        http {
          access_log off;
          sendfile on;
          keepalive_requests 1000000;
          client_body_temp_path {{folder}}/nginx-temporary;
          proxy_temp_path {{folder}}/nginx-temporary;
          fastcgi_temp_path {{folder}}/nginx-temporary;
          uwsgi_temp_path {{folder}}/nginx-temporary;
          scgi_temp_path {{folder}}/nginx-temporary;
          map $arg_page $page { "" 1; default $arg_page; }
          server {
            listen 127.0.0.1:{{port}};
            root {{folder}}/shown;
            location = /employees { default_type application/json; try_files /$page.json =404; }
          }
        }
        """;
}

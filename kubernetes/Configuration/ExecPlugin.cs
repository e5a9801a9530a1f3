using System.Diagnostics;
using System.Text.Json;

namespace Kombo.Kubernetes.Configuration;

/// <summary>Runs the program of a kubeconfig's <c>exec</c> section. Its standard error goes to ours; its output is never logged.</summary>
internal sealed class ExecPlugin(KubeExec exec, ExecClusterInfo? cluster, TimeSpan timeout, TimeProvider clock)
{
    static readonly string[] Versions = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];

    public KubeConfigException Error(string problem, Exception? inner = null) => new(
        $"exec plugin {exec.Command} {problem}" + (exec.InstallHint is { } hint ? $". {hint.Trim()}" : ""), inner);

    /// <exception cref="KubeConfigException">It cannot be started, fails, takes too long, or prints something else.</exception>
    public async Task<ExecCredentialStatus> RunAsync(CancellationToken cancellationToken)
    {
        if (!Versions.Contains(exec.ApiVersion))
            throw Error($"asks for the version {exec.ApiVersion}; supported are {string.Join(" and ", Versions)}");
        if (exec.InteractiveMode == "Always")
            throw Error("needs a terminal (interactiveMode: Always), and there is none here");
        using var process = Start();
        using var deadline = new CancellationTokenSource(timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        string output;
        try
        {
            process.StandardInput.Close();
            output = await process.StandardOutput.ReadToEndAsync(either.Token);
            await process.WaitForExitAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            cancellationToken.ThrowIfCancellationRequested();
            throw Error($"did not end within {timeout.TotalSeconds:0} s");
        }
        return process.ExitCode == 0 ? Parse(output) : throw Error($"failed with exit code {process.ExitCode}");
    }

    Process Start()
    {
        var start = new ProcessStartInfo(exec.Command)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach (var argument in exec.Arguments)
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in exec.Environment)
            start.Environment[name] = value;
        start.Environment["KUBERNETES_EXEC_INFO"] = JsonSerializer.Serialize(
            new ExecCredentialRequest
            {
                ApiVersion = exec.ApiVersion,
                Spec = new ExecCredentialSpec { Cluster = exec.ProvideClusterInfo ? cluster : null },
            },
            ExecJsonContext.Default.ExecCredentialRequest);
        try
        {
            return Process.Start(start) ?? throw Error("could not be started");
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            throw Error($"could not be started: {exception.Message}", exception);
        }
    }

    ExecCredentialStatus Parse(string output)
    {
        ExecCredentialAnswer? answer;
        try
        {
            answer = JsonSerializer.Deserialize(output, ExecJsonContext.Default.ExecCredentialAnswer);
        }
        catch (JsonException)
        {
            throw Error("printed something that is not an ExecCredential in JSON"); // no inner: it may quote a token
        }
        if (answer?.Kind != "ExecCredential" || answer.ApiVersion != exec.ApiVersion)
            throw Error($"printed kind {answer?.Kind} {answer?.ApiVersion} instead of ExecCredential {exec.ApiVersion}");
        if (answer.Status is not { } status)
            throw Error("printed no status");
        if (string.IsNullOrEmpty(status.ClientCertificateData) != string.IsNullOrEmpty(status.ClientKeyData))
            throw Error("printed a certificate without its key, or a key without its certificate");
        return string.IsNullOrEmpty(status.Token) && string.IsNullOrEmpty(status.ClientCertificateData)
            ? throw Error("printed neither a token nor a certificate")
            : status;
    }
}

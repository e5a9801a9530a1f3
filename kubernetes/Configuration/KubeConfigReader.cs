using System.Collections.Immutable;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Kombo.Kubernetes.Configuration;

/// <summary>Text of a kubeconfig to its parts. Pure: the path only makes relative paths absolute and names the file.</summary>
internal static class KubeConfigReader
{
    const string ExecExtensionName = "client.authentication.k8s.io/exec";

    /// <exception cref="KubeConfigException">Not YAML, or an entry without what it needs.</exception>
    public static KubeConfig Read(string text, string path)
    {
        var file = new KubeConfigFile(path);
        return file.Parse(text) is { } root
            ? new KubeConfig(
                root.Text("current-context"),
                file.Entries(root, "contexts", "context", ReadContext),
                file.Entries(root, "clusters", "cluster", ReadCluster),
                file.Entries(root, "users", "user", ReadUser))
            : KubeConfig.Empty;
    }

    static KubeContext ReadContext(KubeConfigFile file, YamlMappingNode node) =>
        new(node.Text("cluster") ?? "", node.Text("user"), node.Text("namespace"));

    static KubeCluster ReadCluster(KubeConfigFile file, YamlMappingNode node) => new()
    {
        Server = node.Text("server") ?? "",
        CertificateAuthority = file.Resolve(node.Text("certificate-authority")),
        CertificateAuthorityData = node.Text("certificate-authority-data"),
        InsecureSkipTlsVerify = node.Flag("insecure-skip-tls-verify"),
        TlsServerName = node.Text("tls-server-name"),
        ProxyUrl = node.Text("proxy-url"),
        ExecExtension = ReadExecExtension(node),
    };

    static string? ReadExecExtension(YamlMappingNode cluster) => cluster.Items("extensions")
        .OfType<YamlMappingNode>()
        .Where(entry => entry.Text("name") == ExecExtensionName)
        .Select(entry => entry.Child("extension") is { } extension ? YamlToJson.Convert(extension)?.ToJsonString() : null)
        .FirstOrDefault();

    static KubeUser ReadUser(KubeConfigFile file, YamlMappingNode node) => new()
    {
        Token = node.Text("token"),
        TokenFile = file.Resolve(node.Text("tokenFile")),
        ClientCertificate = file.Resolve(node.Text("client-certificate")),
        ClientCertificateData = node.Text("client-certificate-data"),
        ClientKey = file.Resolve(node.Text("client-key")),
        ClientKeyData = node.Text("client-key-data"),
        Username = node.Text("username"),
        Password = node.Text("password"),
        Exec = node.Map("exec") is { } exec ? ReadExec(file, exec) : null,
        Impersonation = ReadImpersonation(node),
        AuthProvider = node.Map("auth-provider")?.Text("name"),
    };

    static KubeExec ReadExec(KubeConfigFile file, YamlMappingNode node) => new()
    {
        Command = file.ResolveCommand(node.Text("command") ?? throw file.Error("an exec plugin has no command")),
        ApiVersion = node.Text("apiVersion") ?? throw file.Error("an exec plugin has no apiVersion"),
        Arguments = [.. node.Items("args").OfType<YamlScalarNode>().Select(argument => argument.Value ?? "")],
        Environment = [.. node.Items("env").OfType<YamlMappingNode>()
            .Select(pair => KeyValuePair.Create(pair.Text("name") ?? "", pair.Text("value") ?? ""))],
        InstallHint = node.Text("installHint"),
        InteractiveMode = node.Text("interactiveMode"),
        ProvideClusterInfo = node.Flag("provideClusterInfo"),
    };

    static Impersonation? ReadImpersonation(YamlMappingNode node)
    {
        if (node.Text("as") is not { Length: > 0 } user)
            return null;
        var extra = ImmutableArray.CreateBuilder<KeyValuePair<string, string>>();
        foreach (var (key, values) in node.Map("as-user-extra") ?? new YamlMappingNode())
            extra.AddRange((values as YamlSequenceNode ?? []).OfType<YamlScalarNode>()
                .Select(value => KeyValuePair.Create(((YamlScalarNode)key).Value ?? "", value.Value ?? "")));
        return new Impersonation(
            user,
            node.Text("as-uid"),
            [.. node.Items("as-groups").OfType<YamlScalarNode>().Select(group => group.Value ?? "")],
            extra.DrainToImmutable());
    }
}

/// <summary>One kubeconfig file while it is read.</summary>
internal sealed class KubeConfigFile(string path)
{
    public KubeConfigException Error(string what, Exception? inner = null) => new($"kubeconfig {path}: {what}", inner);

    public YamlMappingNode? Parse(string text)
    {
        var yaml = new YamlStream();
        try
        {
            yaml.Load(new StringReader(text));
        }
        catch (YamlException exception)
        {
            // The message of the parser quotes the text, which may hold a token: give the place only.
            throw Error($"is not valid YAML near line {exception.Start.Line}, column {exception.Start.Column}");
        }
        if (yaml.Documents.Count == 0 || yaml.Documents[0].RootNode is YamlScalarNode { Value: null or "" })
            return null;
        return yaml.Documents[0].RootNode as YamlMappingNode ?? throw Error("is not a mapping");
    }

    public ImmutableDictionary<string, T> Entries<T>(
        YamlMappingNode root, string list, string item, Func<KubeConfigFile, YamlMappingNode, T> read)
    {
        var entries = ImmutableDictionary.CreateBuilder<string, T>();
        foreach (var entry in root.Items(list).OfType<YamlMappingNode>())
        {
            var name = entry.Text("name") ?? throw Error($"an entry of {list} has no name");
            if (entry.Map(item) is { } node && !entries.ContainsKey(name)) // the first of a name wins
                entries.Add(name, read(this, node));
        }
        return entries.ToImmutable();
    }

    public string? Resolve(string? file) =>
        string.IsNullOrEmpty(file) ? null : Path.GetFullPath(file, Path.GetDirectoryName(Path.GetFullPath(path))!); // a file has a folder

    /// <summary>A bare word is looked up in PATH.</summary>
    public string ResolveCommand(string command) => command.Contains('/') ? Resolve(command)! : command; // not empty
}

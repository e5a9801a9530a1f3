namespace Kombo.Testing;

/// <summary>
/// Whether a test can run here. It looks only for files and variables, as it is asked while tests are discovered;
/// <c>make test</c> and the scripts in build/ provide what is missing.
/// </summary>
public static class Requirements
{
    /// <summary>In continuous integration nothing is skipped: a test whose requirement is missing runs, and fails.</summary>
    public static bool IsCi => Environment.GetEnvironmentVariable("CI") == "true";

    /// <returns>Why tests with this need are skipped; null when they run.</returns>
    public static string? SkipReason(Need need) => IsCi ? null : Missing(need);

    /// <returns>What is missing and how to get it; null when nothing is.</returns>
    public static string? Missing(Need need) =>
        Enum.GetValues<Need>().Where(one => one != Need.None && need.HasFlag(one)).Select(MissingOne).FirstOrDefault(reason => reason is not null);

    /// <exception cref="InvalidOperationException">Something is missing; says what and how to get it.</exception>
    public static void Demand(Need need)
    {
        if (Missing(need) is { } reason)
            throw new InvalidOperationException(reason);
    }

    /// <summary>Where prometheus and promtool are, or would be.</summary>
    public static string PrometheusFolder() => FindOnPath("promtool") is { } found && FindOnPath("prometheus") is not null
        ? Path.GetDirectoryName(found)!
        : Path.Combine(CacheFolder(), "prometheus");

    static string? MissingOne(Need need) => need switch
    {
        Need.Postgres when !IsSet("KOMBO_TEST_POSTGRES") && !HasPostgres() =>
            "PostgreSQL was not found: run build/postgres.sh ensure, or set KOMBO_TEST_POSTGRES",
        Need.ControlPlane when !IsSet("KOMBO_TEST_KUBECONFIG") && !HasControlPlane() =>
            "no Kubernetes control plane: run build/control-plane.sh ensure, or set KOMBO_TEST_KUBECONFIG",
        Need.Sources when !Directory.Exists(RepositoryRoot.Combine("tests", "sources", "node_modules")) || FindOnPath("node") is null =>
            "the source servers are not installed: run build/sources.sh ensure",
        Need.Helm when !HasHelm() => "helm has not been fetched: run build/helm.sh",
        Need.Lua when FindOnPath("lua5.1") is null => "Lua 5.1 is not installed: run build/lua.sh",
        Need.Prometheus when !File.Exists(Path.Combine(PrometheusFolder(), "promtool")) =>
            "Prometheus was not found: run build/debian-programs.sh prometheus prometheus promtool",
        Need.Linker when FindOnPath("clang") is null && FindOnPath("gcc") is null =>
            "native programs cannot be linked: install clang or gcc, and the headers of zlib",
        _ => null,
    };

    static bool IsSet(string variable) => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(variable));

    static bool HasPostgres() =>
        FindOnPath("initdb") is not null || FindOnPath("pg_config") is not null ||
        (Directory.Exists("/usr/lib/postgresql") &&
            Directory.EnumerateDirectories("/usr/lib/postgresql").Any(version => File.Exists(Path.Combine(version, "bin", "initdb"))));

    static bool HasControlPlane()
    {
        var folder = Path.Combine(CacheFolder(), "control-plane");
        return File.Exists(Path.Combine(folder, "k3s")) || Directory.Exists(folder) &&
            Directory.EnumerateDirectories(folder, "v*").Any(version => File.Exists(Path.Combine(version, "kube-apiserver")));
    }

    static bool HasHelm()
    {
        var folder = Path.Combine(CacheFolder(), "kubernetes-tools");
        return Directory.Exists(folder) &&
            Directory.EnumerateDirectories(folder).Any(version => File.Exists(Path.Combine(version, "helm")));
    }

    // As build/lib.sh has it.
    static string CacheFolder() =>
        Environment.GetEnvironmentVariable("KOMBO_CACHE") is { Length: > 0 } own ? own
        : Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } user ? Path.Combine(user, "kombo")
        : Path.Combine(Environment.GetEnvironmentVariable("HOME") is { Length: > 0 } home ? home : "/tmp", ".cache", "kombo");

    static string? FindOnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}

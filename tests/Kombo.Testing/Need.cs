namespace Kombo.Testing;

/// <summary>What a test needs of the machine.</summary>
[Flags]
public enum Need
{
    None = 0,

    /// <summary>PostgreSQL's programs, or a server given by KOMBO_TEST_POSTGRES.</summary>
    Postgres = 1,

    /// <summary>The built control plane, or a cluster given by KOMBO_TEST_KUBECONFIG; and kubectl.</summary>
    ControlPlane = 2,

    /// <summary>Node.js and the source servers of tests/sources.</summary>
    Sources = 4,

    /// <summary>helm 4.</summary>
    Helm = 8,

    /// <summary>Lua 5.1, in which Argo CD's health checks are written.</summary>
    Lua = 16,

    /// <summary>The programs prometheus and promtool.</summary>
    Prometheus = 32,

    /// <summary>A C compiler, which links native programs.</summary>
    Linker = 64,
}

using Kombo.Connectors;

namespace Kombo.Worker.Configuration;

/// <summary>Finds the connector of a run.</summary>
internal static class ConnectorLoader
{
    /// <exception cref="WorkerConfigurationException">There is none, or it cannot be used.</exception>
    public static ConnectorDefinition Load(WorkerSettings settings) => settings switch
    {
        { ConnectorFile: { } file } => LoadFile(file),
        { Request.Connector: { } name } => BuiltInDefinitions.Find(name) ?? throw new WorkerConfigurationException(
            $"connector \"{name}\" is not part of this worker; known are {string.Join(", ", BuiltInDefinitions.Names)}: "
            + "correct spec.connector, or run operator and worker of the same version"),
        _ => throw new WorkerConfigurationException(
            $"no connector: variable {Core.Runs.WorkerEnvironment.Run} names none and {Core.Runs.WorkerEnvironment.ConnectorFile} is not set"),
    };

    static ConnectorDefinition LoadFile(string path)
    {
        string yaml;
        try
        {
            yaml = File.ReadAllText(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new WorkerConfigurationException(
                $"connector file {path} cannot be read: mount the ConfigMap there, with the key that spec.connectorFrom names");
        }

        var (definition, problems) = ConnectorDefinition.Load(yaml, Path.GetFileName(path));
        return definition ?? throw new WorkerConfigurationException(
            $"connector file {path} cannot be used: {string.Join("; ", problems.Select(problem => problem.Message))}");
    }
}

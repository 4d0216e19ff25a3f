using CpIs.Batch.Commands;

using var interruption = new Interruption();
interruption.WatchInput();
ProcessRights.RestrictNewFiles();
return await CpisProgram.RunAsync(args, ProgramEnvironment.OfThisProcess(), interruption.Token);

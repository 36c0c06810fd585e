import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { IsLine } from '../requests/is-line.decorator.js';
import { LinePipe } from '../requests/line.pipe.js';
import type { CatalogSystem } from './catalog.integration-events.js';
import { CatalogService } from './catalog.service.js';

export class CreateSystem {
  @IsLine(100)
  name: string;

  @IsLine(100)
  owner: string;
}

@Controller('catalog/systems')
export class CatalogController {
  constructor(private readonly catalog: CatalogService) {}

  @Get()
  list(): Promise<CatalogSystem[]> {
    return this.catalog.list();
  }

  @Get(':id')
  get(@Param('id', LinePipe) id: string): Promise<CatalogSystem> {
    return this.catalog.get(id);
  }

  @Post()
  create(@Body() body: CreateSystem): Promise<CatalogSystem> {
    return this.catalog.create(body);
  }

  @Delete(':id')
  @HttpCode(204)
  remove(@Param('id', LinePipe) id: string): Promise<void> {
    return this.catalog.remove(id);
  }
}

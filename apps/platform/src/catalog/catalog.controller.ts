import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { IsNotEmpty, IsString, MaxLength } from 'class-validator';
import type { CatalogSystem } from './catalog.integration-events.js';
import { CatalogService } from './catalog.service.js';

export class CreateSystem {
  @IsString()
  @IsNotEmpty()
  @MaxLength(100)
  name: string;

  @IsString()
  @IsNotEmpty()
  @MaxLength(100)
  owner: string;
}

@Controller('catalog/systems')
export class CatalogController {
  constructor(private readonly catalog: CatalogService) {}

  @Get()
  list(): Promise<CatalogSystem[]> {
    return this.catalog.list();
  }

  @Post()
  create(@Body() body: CreateSystem): Promise<CatalogSystem> {
    return this.catalog.create(body);
  }

  @Delete(':id')
  @HttpCode(204)
  remove(@Param('id') id: string): Promise<void> {
    return this.catalog.remove(id);
  }
}
